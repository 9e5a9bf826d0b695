// Prints what snapshots/ say beside the usual ways of doing the same; see docs/contracts.md for where those come from.
const fs = require('fs')
const path = require('path')

const read = (name) => JSON.parse(fs.readFileSync(path.join(__dirname, `snapshots/${name}.json`), 'utf8'))
const ours = read('gas')
const textbook = read('gas-baseline')
// A clone with immutable arguments by OpenZeppelin's helper, and T-REX 4.1.6 without claims or modules.
const CLONE = { create: 121539, invest: 80103, approve: 46038, release: 74011, refund: 69844 }
const T_REX = { fresh: 91210, again: 74110 }
const made = Number(textbook.escrow_create) + Number(textbook.escrow_deposit)

const rows = [
  ['escrow made and paid, ERC-20', ours.escrow_deposit, CLONE.create + CLONE.invest, made],
  ['the same by permit', ours.escrow_deposit_permit, CLONE.create + CLONE.invest + CLONE.approve, made + Number(textbook.approve)],
  ['escrow made and paid, native coin', ours.escrow_create, CLONE.create + CLONE.invest, ''],
  ['refund by the payer', ours.escrow_refund, CLONE.refund, textbook.escrow_refund],
  ['rejection', ours.escrow_reject, CLONE.refund, textbook.escrow_refund],
  ['release with tokens, holder', ours.escrow_release, CLONE.release, textbook.escrow_release],
  ['release with tokens, new holder', ours.escrow_release_new_holder, CLONE.release, textbook.escrow_release],
  ...[2, 5, 20].flatMap((count) => [['holders', 'holders'], ['new holders', 'new_holders']].map(([words, kind]) => [
    `one of ${count} released, ${words}`, ours[`escrow_release_${count}_${kind}`] / count, CLONE.release, textbook.escrow_release,
  ])),
  ['token transfer, new holder', ours.transfer_new, T_REX.fresh, textbook.transfer_new],
  ['token transfer', ours.transfer_existing, T_REX.again, textbook.transfer_existing],
  ['token transfer, 1 rule', ours.transfer_existing_1_rule, T_REX.again, ''],
  ['token transfer, 3 rules', ours.transfer_existing_3_rules, T_REX.again, ''],
  ['deal set up', ours.deal_setup, '', ''],
]
const number = (value) => value === '' ? '' : Math.round(value).toLocaleString('en-US')
const beside = (value, other) => other === '' ? '' : `${value > other ? '+' : ''}${Math.round((value / other - 1) * 100)} %`
console.log('gas of whole transactions           | Portico | elsewhere |       | textbook')
for (const [what, gas, other, plain] of rows) {
  const cells = [number(gas).padStart(7), number(other).padStart(9), beside(gas, other).padStart(5), number(plain).padStart(8)]
  console.log(`${what.padEnd(35)} | ${cells.join(' | ')}`)
}
