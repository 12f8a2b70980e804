# Every target is one command of start.py, which also runs where there is no make.
PYTHON ?= python3
COMMANDS := playground demo run test check lint builtin builtin-report bench clean

.PHONY: help $(COMMANDS) .venv

help:
	@$(PYTHON) start.py help

$(COMMANDS):
	@$(PYTHON) start.py $@ $(ARGS)

.venv:
	@$(PYTHON) start.py env
