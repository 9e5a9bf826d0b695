// Compiles src/ into artifacts/: one JSON file a contract, byte for byte the same on every machine.
// `node build.cjs` writes them, `--check` compares them with what is committed, `--glance` only asks, without compiling, whether
// they were made from these sources. For experiments `--quick` skips the IR pipeline, `--out DIR` writes elsewhere, and
// `--for FILE` compiles and writes only contracts that have that file in them.
const fs = require('fs')
const path = require('path')
const { createHash } = require('crypto')
const solc = require('./node_modules/solc')

const HERE = __dirname
const OUT = process.argv.indexOf('--out')
const ARTIFACTS = OUT < 0 ? path.join(HERE, 'artifacts') : path.resolve(process.argv[OUT + 1])
const FOR = process.argv.indexOf('--for')
const WANTED = ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'evm.deployedBytecode.immutableReferences', 'metadata']
const SETTINGS = {
  evmVersion: 'cancun',
  optimizer: { enabled: true, runs: 10000 },
  viaIR: !process.argv.includes('--quick'),
  outputSelection: FOR < 0
    ? { '*': { '*': WANTED } }
    : Object.fromEntries(havingInThem(process.argv[FOR + 1]).map((name) => [name, { '*': WANTED }])),
}

function solidityFiles(folder) {
  return fs.readdirSync(path.join(HERE, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const name = `${folder}/${entry.name}`
      return entry.isDirectory() ? solidityFiles(name) : name.endsWith('.sol') ? [name] : []
    })
    .sort()
}

function read(name) {
  const file = path.join(HERE, name.startsWith('@') ? 'node_modules' : '', name)
  return fs.existsSync(file) ? { contents: fs.readFileSync(file, 'utf8') } : { error: `not found: ${name}` }
}

// Source files that import `file`, directly or by others, and itself.
function havingInThem(file) {
  const imports = (name) => [...fs.readFileSync(path.join(HERE, name), 'utf8').matchAll(/from "(\.[^"]+)"/g)]
    .map(([, there]) => path.posix.join(path.posix.dirname(name), there))
  const has = (name) => name === file || imports(name).some(has)
  return solidityFiles('src').filter(has)
}

function compile(settings) {
  const sources = Object.fromEntries(solidityFiles('src').map((name) => [name, { content: read(name).contents }]))
  const input = { language: 'Solidity', sources, settings }
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read }))
  // Warnings about libraries from npm are theirs; errors stop us wherever they are.
  const problems = (output.errors ?? [])
    .filter(({ severity, sourceLocation }) => severity === 'error' || !sourceLocation?.file.startsWith('@'))
  problems.forEach((problem) => process.stderr.write(problem.formattedMessage))
  if (problems.some((problem) => problem.severity === 'error')) process.exit(1)
  return output.contracts
}

function sourceHash(metadata) {
  const hashes = Object.entries(JSON.parse(metadata).sources).map(([name, source]) => `${name} ${source.keccak256}`)
  return createHash('sha256').update(hashes.sort().join('\n')).digest('hex')
}

// Every custom error by its selector's signature, since a call can fail with the error of a contract further down.
function errorsOf(all) {
  const errors = all.flatMap(({ abi }) => abi).filter(({ type }) => type === 'error')
  const bySignature = Object.fromEntries(errors.map((error) => [`${error.name}(${error.inputs.map((input) => input.type)})`, error]))
  return Object.keys(bySignature).sort().map((signature) => bySignature[signature])
}

// What changes state, by contract: the table of who may call it must name each (test/Roles.t.sol).
function functionsOf(all) {
  const typeOf = (input) => input.components
    ? `(${input.components.map(typeOf)})${input.type.slice('tuple'.length)}`
    : input.type
  const changing = ({ abi }) => abi
    .filter(({ type, stateMutability }) => type === 'function' && !['view', 'pure'].includes(stateMutability))
    .map(({ name, inputs }) => `${name}(${inputs.map(typeOf)})`)
  return Object.fromEntries(all.map((artifact) => [artifact.contractName, changing(artifact)]))
}

// Where the constructor writes values into the code, as [offset, length]: the rest of it is the same wherever it is deployed.
function immutablesOf({ deployedBytecode }) {
  const places = Object.values(deployedBytecode.immutableReferences ?? {}).flat()
  return places.map(({ start, length }) => [start, length]).sort(([a], [b]) => a - b)
}

// Everything that decides what comes out: the sources, the versions of compiler and library, and this file.
function originsHash() {
  const hash = createHash('sha256')
  for (const name of [...solidityFiles('src'), 'package-lock.json', 'build.cjs', 'deployment.json']) {
    hash.update(`${name}\n${fs.readFileSync(path.join(HERE, name), 'utf8')}\n`)
  }
  return hash.digest('hex')
}

function origins() {
  return JSON.stringify({ sha256: originsHash() }, null, 1) + '\n'
}

function glance() {
  const file = path.join(ARTIFACTS, 'origins.json')
  if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === origins()) return
  console.error('contracts/artifacts was made from other sources. Run scripts/contracts build.')
  process.exit(1)
}

function artifacts() {
  const files = {}
  const made = []
  for (const [source, contracts] of Object.entries(compile(SETTINGS))) {
    if (!source.startsWith('src/')) continue
    for (const [name, { abi, evm, metadata }] of Object.entries(contracts)) {
      if (files[`${name}.json`]) throw new Error(`two contracts are called ${name}`)
      if (!evm.bytecode.object || source.startsWith('src/libraries/')) continue
      const artifact = {
        contractName: name,
        sourceName: source,
        compiler: JSON.parse(metadata).compiler.version,
        settings: { evmVersion: SETTINGS.evmVersion, optimizer: SETTINGS.optimizer, viaIR: SETTINGS.viaIR },
        sourceHash: sourceHash(metadata),
        abi,
        bytecode: `0x${evm.bytecode.object}`,
        deployedBytecode: `0x${evm.deployedBytecode.object}`,
        immutables: immutablesOf(evm),
      }
      files[`${name}.json`] = JSON.stringify(artifact, null, 1) + '\n'
      made.push(artifact)
    }
  }
  if (FOR >= 0) return files
  files['errors.json'] = JSON.stringify(errorsOf(made), null, 1) + '\n'
  files['origins.json'] = origins()
  files['functions.json'] = JSON.stringify(functionsOf(made), null, 1) + '\n'
  files['deployment.json'] = fs.readFileSync(path.join(HERE, 'deployment.json'), 'utf8')
  return files
}

function existing() {
  fs.mkdirSync(ARTIFACTS, { recursive: true })
  return fs.readdirSync(ARTIFACTS).filter((name) => name.endsWith('.json'))
}

function write(files) {
  const gone = existing().filter((name) => FOR < 0 && !files[name])
  gone.forEach((name) => fs.unlinkSync(path.join(ARTIFACTS, name)))
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(ARTIFACTS, name), text)
  console.log(`${Object.keys(files).length} artifacts written to contracts/artifacts`)
}

function check(files) {
  const names = new Set([...existing(), ...Object.keys(files)])
  const differs = [...names].filter((name) => {
    const file = path.join(ARTIFACTS, name)
    return !files[name] || !fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== files[name]
  })
  if (differs.length) {
    console.error(`contracts/artifacts does not match the sources: ${differs.join(', ')}. Run scripts/contracts build.`)
    process.exit(1)
  }
  console.log(`${names.size} artifacts match the sources`)
}

if (process.argv.includes('--glance')) glance()
else (process.argv.includes('--check') ? check : write)(artifacts())
