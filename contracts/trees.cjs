// Each function that changes state has a tree of its cases, test/trees/<Contract>/<function>.tree, and no tree is of none.
// Trees may also tell of functions that only answer.
const fs = require('fs')
const path = require('path')

const TREES = path.join(__dirname, 'test/trees')
const functions = JSON.parse(fs.readFileSync(path.join(__dirname, 'artifacts/functions.json'), 'utf8'))
const problems = []

function answering(contract) {
  const { abi } = JSON.parse(fs.readFileSync(path.join(__dirname, `artifacts/${contract}.json`), 'utf8'))
  return abi.filter(({ type }) => type === 'function').map(({ name }) => name)
}

function checkTree(contract, name) {
  const [title, ...branches] = fs.readFileSync(path.join(TREES, contract, `${name}.tree`), 'utf8').trimEnd().split('\n')
  if (title !== `${contract}.${name}`) problems.push(`${contract}/${name}.tree is titled ${title}`)
  const shaped = branches.every((line, at) => line.startsWith(at === branches.length - 1 ? '└── ' : '├── '))
  if (!branches.length || !shaped) problems.push(`${contract}/${name}.tree has no proper branches`)
}

for (const [contract, signatures] of Object.entries(functions).filter(([name]) => !name.startsWith('Demo'))) {
  const needed = new Set(signatures.map((signature) => signature.split('(')[0]))
  const folder = path.join(TREES, contract)
  const there = fs.existsSync(folder) ? fs.readdirSync(folder).map((file) => path.basename(file, '.tree')) : []
  needed.forEach((name) => there.includes(name) || problems.push(`${contract}.${name} has no tree`))
  const known = answering(contract)
  there.forEach((name) => known.includes(name) ? checkTree(contract, name) : problems.push(`${contract} has no ${name}`))
}
fs.readdirSync(TREES).forEach((contract) => functions[contract] || problems.push(`there is no contract ${contract}`))
if (problems.length) {
  console.error(problems.join('\n'))
  process.exit(1)
}
