// Plants the bugs of test/mutants.json one at a time in a copy of the contracts and tells which tests see each.
// Each is [file, what stands there, what is planted, the promise that breaks]. A bug that nothing sees fails the run.
const fs = require('fs')
const os = require('os')
const path = require('path')
const { spawnSync } = require('child_process')

const HERE = __dirname
const FORGE = path.join(HERE, 'node_modules/@foundry-rs/forge-linux-amd64/bin/forge')
// Tests are compiled once; each bug is compiled beside them, and reaches them as artifacts.
const FOR_TESTS = ['src', 'test', 'artifacts', 'foundry.toml', 'solc.cjs']
const FOR_BUGS = ['src', 'build.cjs', 'deployment.json', 'package-lock.json']

function copyOfContracts() {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'portico-mutants-'))
  const take = (names, folder) => {
    names.forEach((name) => fs.cpSync(path.join(HERE, name), path.join(folder, name), { recursive: true }))
    fs.symlinkSync(path.join(HERE, 'node_modules'), path.join(folder, 'node_modules'))
  }
  take(FOR_TESTS, copy)
  take(FOR_BUGS, path.join(copy, 'bugs'))
  return copy
}

function build(copy) {
  const options = ['build.cjs', '--quick', '--out', path.join(copy, 'artifacts')]
  const run = spawnSync('node', options, { cwd: path.join(copy, 'bugs'), encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`a planted bug does not compile: ${run.stderr}`)
}

function failures(copy, options) {
  const run = spawnSync(FORGE, ['test', '--root', copy, '--json', ...options], {
    cwd: copy, encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, PORTICO_SHIPPED_CODE: 'true' },
  })
  const line = run.stdout.split('\n').find((text) => text.startsWith('{"'))
  if (!line) throw new Error(`forge said nothing: ${run.stderr}`)
  return Object.values(JSON.parse(line)).flatMap((suite) => Object.entries(suite.test_results))
    .filter(([, { status }]) => status === 'Failure')
    .map(([name]) => name.split('(')[0])
}

// Unit tests first: they are quicker than sequences. With `--invariants` the sequences alone have to see it.
function witnesses(copy) {
  if (process.argv.includes('--invariants')) return failures(copy, ['--match-contract', 'Invariants'])
  const unit = failures(copy, ['--no-match-contract', 'GasTable|Invariants'])
  return unit.length ? unit : failures(copy, ['--match-contract', 'Invariants'])
}

function main() {
  const wanted = process.argv.slice(2).find((word) => !word.startsWith('--'))
  const mutants = JSON.parse(fs.readFileSync(path.join(HERE, 'test/mutants.json'), 'utf8'))
    .filter(([file, , , promise]) => !wanted || `${file} ${promise}`.includes(wanted))
  const copy = copyOfContracts()
  const survivors = []
  try {
    for (const [file, found, planted, promise] of mutants) {
      const target = path.join(copy, 'bugs/src', file)
      const source = fs.readFileSync(target, 'utf8')
      if (!source.includes(found)) throw new Error(`${file} no longer has: ${found}`)
      fs.writeFileSync(target, source.replace(found, () => planted))
      build(copy)
      const seenBy = witnesses(copy)
      fs.writeFileSync(target, source)
      if (!seenBy.length) survivors.push(promise)
      console.log(`${seenBy.length ? 'seen' : 'NOT SEEN'} | ${file} | ${promise} | ${seenBy.slice(0, 2).join(', ')}`)
    }
  } finally {
    fs.rmSync(copy, { recursive: true })
  }
  console.log(`${mutants.length - survivors.length} of ${mutants.length} planted bugs were seen`)
  process.exitCode = survivors.length ? 1 : 0
}

main()
