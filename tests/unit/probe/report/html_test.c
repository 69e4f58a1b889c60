/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nothing that a peer says becomes markup. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "report/html.h"

static void becomes(const char *text, const char *wanted)
{
	char *got = NULL;
	size_t n;
	FILE *f = open_memstream(&got, &n);

	html_text(f, text);
	fclose(f);
	assert_string_equal(got, wanted);
	free(got);
}

static void escapes(void **state)
{
	(void)state;
	becomes("<script>alert(\"1\")&'</script>",
		"&lt;script&gt;alert(&quot;1&quot;)&amp;&#39;&lt;/script&gt;");
	becomes("a\x01\x1b[31mb", "a??[31mb");
	becomes("a\xff\xfe", "a\xef\xbf\xbd\xef\xbf\xbd");
	becomes("two\nlines\tmore", "two\nlines\tmore");
	becomes("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
	becomes(NULL, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(escapes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
