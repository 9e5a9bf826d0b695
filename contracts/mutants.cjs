// Plants the bugs of test/mutants.json one at a time in a copy of the contracts and tells which tests see each.
// Each is [file, what stands there, what is planted, the promise that breaks]. A bug that nothing sees fails the run.
const fs = require('fs')
const os = require('os')
const path = require('path')
const { spawnSync } = require('child_process')

const HERE = __dirname
const FORGE = path.join(HERE, 'node_modules/@foundry-rs/forge-linux-amd64/bin/forge')
// Tests are compiled once; each bug is compiled beside them, and reaches them as artifacts
// of the contracts that have it in them.
const FOR_TESTS = ['src', 'test', 'artifacts', 'foundry.toml', 'solc.cjs']
// That a sequence sees a bug is enough: making it short takes minutes.
const NO_SHRINKING = { FOUNDRY_INVARIANT_SHRINK_RUN_LIMIT: '0' }
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

function build(copy, file) {
  const options = ['build.cjs', '--quick', '--for', `src/${file}`, '--out', path.join(copy, 'artifacts')]
  const run = spawnSync('node', options, { cwd: path.join(copy, 'bugs'), encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`a planted bug does not compile: ${run.stderr}`)
}

function failures(copy, options) {
  const run = spawnSync(FORGE, ['test', '--root', copy, '--json', ...options], {
    cwd: copy, encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, PORTICO_SHIPPED_CODE: 'true', ...NO_SHRINKING },
  })
  const line = run.stdout.split('\n').find((text) => text.startsWith('{"'))
  if (!line) throw new Error(`forge said nothing: ${run.stderr}`)
  return Object.values(JSON.parse(line)).flatMap((suite) => Object.entries(suite.test_results))
    .filter(([, { status }]) => status === 'Failure')
    .map(([name, { reason }]) => ({ name: name.split('(')[0], reason }))
}

// Unit tests first: they are quicker than sequences. With `--invariants` (or `--invariants=Pool`, those of one kind) the sequences
// alone have to see it, and each that did says how: by itself, or because a call went otherwise than foretold.
const SEQUENCES = process.argv.find((word) => word.startsWith('--invariants'))

function witnesses(copy) {
  const kind = SEQUENCES?.split('=')[1] ?? ''
  const sequences = () => failures(copy, ['--match-contract', `${kind}Invariants`])
  if (SEQUENCES) return sequences().map(({ name, reason }) => `${name} (${reason.replaceAll('\\0', '')})`)
  const unit = failures(copy, ['--no-match-contract', 'GasTable|Invariants'])
  return (unit.length ? unit : sequences()).map(({ name }) => name).slice(0, 2)
}

function main() {
  const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'))
  const mutants = JSON.parse(fs.readFileSync(path.join(HERE, 'test/mutants.json'), 'utf8'))
    .filter(([file, , , promise]) => !wanted.length || wanted.some((word) => `${file} ${promise}`.includes(word)))
  const copy = copyOfContracts()
  const survivors = []
  try {
    for (const [file, found, planted, promise] of mutants) {
      const target = path.join(copy, 'bugs/src', file)
      const source = fs.readFileSync(target, 'utf8')
      if (!source.includes(found)) throw new Error(`${file} no longer has: ${found}`)
      fs.writeFileSync(target, source.replace(found, () => planted))
      build(copy, file)
      const seenBy = witnesses(copy)
      fs.writeFileSync(target, source)
      fs.cpSync(path.join(HERE, 'artifacts'), path.join(copy, 'artifacts'), { recursive: true })
      if (!seenBy.length) survivors.push(promise)
      console.log(`${seenBy.length ? 'seen' : 'NOT SEEN'} | ${file} | ${promise} | ${seenBy.join(', ')}`)
    }
  } finally {
    fs.rmSync(copy, { recursive: true })
  }
  console.log(`${mutants.length - survivors.length} of ${mutants.length} planted bugs were seen`)
  process.exitCode = survivors.length ? 1 : 0
}

main()
