"""The parts of script/bench: plan.py says what is measured against what."""
