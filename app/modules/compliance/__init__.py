"""Who an investor is: verification levels, cases, and the officer's decision."""
