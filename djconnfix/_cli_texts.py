"""What the help of each program says below its options."""

from __future__ import annotations

STATUSES = """\
exit status:
  0 clean, 1 findings remain, 2 wrong usage, 3 a file could not be read,
  4 internal error
"""
# By program; "" is djconnfix itself. Under `manage.py` the commands have their own names, and Django its own examples.
EXAMPLES = {
    "": """\
  djconnfix audit                      judge the project in this folder
  djconnfix fix --dry-run              show what would change
  djconnfix fix                        change it
  djconnfix explain conn-max-age-zero  what a rule means and why
""",
    "audit": """\
  # this folder's project, which an ASGI server serves though no file says so
  djconnfix audit --server asgi
  # one page with a map of all connections
  djconnfix audit --format html --output report.html
  # only findings on lines that this branch changed
  djconnfix audit --diff-base origin/main
  # take down what is found now, to be told of what comes later
  djconnfix audit --baseline known.json --update-baseline
  # write a comment at each finding that ignores it
  djconnfix audit --select DCF101 --add-ignores --reason 'see #42'
""",
    "fix": """\
  # show what would change
  djconnfix fix --dry-run
  # ask about one diff after the other
  djconnfix fix --interactive
  # follow these rules only
  djconnfix fix --select DCF101,DCF102
  # move to Django's own pool, and ask for its packages
  djconnfix fix --strategy pool --requirements
  # exit 1 if anything would change
  djconnfix fix --check
""",
    "pgbouncer": """\
  djconnfix pgbouncer --mode transaction --output pgbouncer.ini
""",
    "budget": """\
  # against what the server admits
  djconnfix budget --max-connections 200
""",
    "explain": """\
  djconnfix explain DCF101
  djconnfix explain conn-max-age-zero
""",
    "rules": """\
  djconnfix rules --format json
""",
    "config": """\
  djconnfix config --server asgi
""",
    "completion": """\
  djconnfix completion bash > ~/.local/share/bash-completion/completions/djconnfix
  # with ~/.zfunc on your fpath
  djconnfix completion zsh > ~/.zfunc/_djconnfix
  djconnfix completion fish > ~/.config/fish/completions/djconnfix.fish
""",
}
