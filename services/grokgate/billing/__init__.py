"""The ledger: who may spend, what is held, what was charged."""
