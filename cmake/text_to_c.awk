# SPDX-License-Identifier: GPL-2.0-or-later
# A text file as lines of one C string, for a file that is to travel inside a program: awk -f text_to_c.awk FILE > made/FILE.inc
{
	gsub(/\\/, "\\\\&")
	gsub(/"/, "\\\"")
	gsub(/\t/, "")
	printf "\"%s\\n\"\n", $0
}
