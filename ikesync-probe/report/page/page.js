// SPDX-License-Identifier: GPL-2.0-or-later
// The page reads well without this: it filters the cases, opens what a link names, and opens all for paper.
'use strict';
(() => {
	const words = document.getElementById('words');
	const boxes = [...document.querySelectorAll('.filter input[type=checkbox]')];
	const told = document.getElementById('told');
	const rows = [...document.querySelectorAll('[data-case]')];

	const filter = () => {
		const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
		const verdicts = new Set(boxes.filter(b => b.checked).map(b => b.value));
		let n = 0;

		for (const row of rows) {
			const text = row.dataset.words;
			const shown = verdicts.has(row.dataset.verdict) && asked.every(w => text.includes(w));

			row.hidden = !shown;
			if (shown && row.tagName === 'TR')
				n++;
		}
		told.textContent = n + ' shown';
	};
	const open = () => {
		const at = location.hash && document.getElementById(location.hash.slice(1));
		const details = at && at.querySelector('details');

		if (at)
			at.hidden = false;
		if (details)
			details.open = true;
	};
	const all = yes => document.querySelectorAll('article > details').forEach(d => { d.open = yes; });

	document.querySelectorAll('.controls').forEach(c => { c.hidden = false; });
	words.addEventListener('input', filter);
	boxes.forEach(b => b.addEventListener('change', filter));
	document.getElementById('open-all').addEventListener('click', () => all(true));
	document.getElementById('close-all').addEventListener('click', () => all(false));
	addEventListener('hashchange', open);
	addEventListener('beforeprint', () => all(true));
	open();
})();
