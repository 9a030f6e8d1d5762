"""`python -m memos_site.supervisor` is `manage.py up`."""

import sys

from memos_site.supervisor.main import main

sys.exit(main(sys.argv[1:]))
