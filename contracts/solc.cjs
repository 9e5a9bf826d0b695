#!/usr/bin/env node
// Stands in for the native `solc` binary: forge and slither call it with --version and --standard-json only.
const fs = require('fs')
const solc = require('./node_modules/solc')

function writeAll(text) {
  const bytes = Buffer.from(text)
  for (let sent = 0; sent < bytes.length;) {
    try {
      sent += fs.writeSync(1, bytes, sent)
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error // a full pipe asks us to try again
    }
  }
}

const args = process.argv.slice(2)
if (args.includes('--version')) {
  const [, version, commit] = /^(\d+\.\d+\.\d+)\+commit\.([0-9a-f]+)/.exec(solc.version())
  writeAll(`solc, the solidity compiler commandline interface\nVersion: ${version}+commit.${commit}.Linux.g++\n`)
} else if (args.includes('--standard-json')) {
  const missing = (path) => ({ error: `not found: ${path}` })
  writeAll(solc.compile(fs.readFileSync(0, 'utf8'), { import: missing }))
} else {
  process.stderr.write('solc.cjs understands --version and --standard-json only\n')
  process.exitCode = 1
}
