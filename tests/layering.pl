#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Reads the tree and its objects and holds them against layering.table; see layering.sh.
# Calls are not parsed out of C: an object that wants a symbol calls into the object that defines it. What is called
# through a pointer is not seen, the place where its address is taken is.
use strict;
use warnings;

my ($root, $build, $table) = @ARGV;
my (@areas, %area, %system, %long, %ceiling, %broken, %figure, @notes);
my $names = 'upward|knot|include-knot|above80|above50|foreign|long-file|no-opening|twin';

sub note { my ($area, $figure, $text) = @_; $figure{$area}{$figure}++; push @{$broken{$area}{$figure}}, $text; }

sub read_table {
	open my $f, '<', $table or die "layering: $table: $!\n";
	while (<$f>) {
		chomp;
		next if /^\s*(#|$)/;
		if (/^area\s+(\S+)\s+(\S+)\s+(\S+)\s*:\s*(.*)$/) {
			my %new = (name => $1, path => $2, uses => $3 eq '-' ? {} : {map { $_ => 1 } split /,/, $3});
			my $rank = 0;
			for my $step (split ' ', $4) {
				$new{rank}{$_} = $rank for split /=/, $step;
				$rank++;
			}
			push @areas, \%new;
			$area{$1} = \%new;
		} elsif (/^lines\s+(\S+)\s+(\S+)$/) {
			push @areas, $area{$1} = {name => $1, path => $2, lines => 1, rank => {}, uses => {}};
		} elsif (/^system\s+(\S+)\s+(\S+)$/) {
			$system{$1} = $2;
		} elsif (/^long\s+(\S+)$/) {
			$long{$1} = 1;
		} elsif (/^ceiling\s+(\S+)\s+($names)\s+(\d+)$/) {
			$ceiling{$1}{$2} = $3;
		} else {
			die "layering: $table:$.: not understood: $_\n";
		}
	}
}

# The longest listed folder that holds the file: "" when the table has no place for it.
sub folder_of {
	my ($place, $file) = @_;
	my $dir = substr $file, length($place->{path}) + 1;
	return '.' unless $dir =~ s{/[^/]*$}{};
	while (1) {
		return $dir if exists $place->{rank}{$dir};
		last unless $dir =~ s{/[^/]*$}{};
	}
	return '';
}

sub area_of {
	my $file = shift;
	my ($best) = sort { length $b->{path} <=> length $a->{path} } grep { index($file, "$_->{path}/") == 0 } @areas;
	return $best;
}

# Why `from` must not know `to`, or undef.
sub forbidden {
	my ($from, $to) = @_;
	my ($place, $b) = (area_of($from), area_of($to));
	return "$place->{name} knows nothing of $b->{name}" if $place != $b && !$place->{uses}{$b->{name}};
	return undef if $place != $b;
	my ($f, $t) = (folder_of($place, $from), folder_of($place, $to));
	return undef if $f eq $t || $f eq '' || $t eq '';
	return undef if $place->{rank}{$f} < $place->{rank}{$t};
	return "$f may not use $t";
}

sub slurp {
	open my $f, '<', "$root/$_[0]" or die "layering: $_[0]: $!\n";
	local $/;
	return scalar <$f>;
}

# ---- the files

my (%files, %text);

sub find_files {
	my $list = `cd '$root' && find @{[map { $_->{path} } @areas]} -name '*.[ch]' -type f 2>/dev/null | sort`;
	for my $file (split /\n/, $list) {
		my $place = area_of($file);
		push @{$files{$place->{name}}}, $file;
		$text{$file} = slurp($file);
		note($place->{name}, 'upward', "$file: its folder has no place in the table") if !$place->{lines} && folder_of($place, $file) eq '';
	}
	for my $place (@areas) {
		die "layering: $place->{path} has no C files\n" unless $files{$place->{name}};
	}
}

sub bare {	# without comments and literals, line numbers kept
	my $t = shift;
	$t =~ s{(/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')}{
		my $x = $1; my $n = ($x =~ tr/\n//); ($x =~ m{^["']} ? '""' : ' ') . "\n" x $n }gse;
	return $t;
}

# ---- includes

my %includes;

sub read_includes {
	my @roots = map { $_->{path} } @areas;
	for my $file (sort keys %text) {
		my ($place, $line) = (area_of($file), 0);
		next if $place->{lines};
		(my $dir = $file) =~ s{/[^/]*$}{};
		my ($sys) = sort { length $b <=> length $a } grep { index($file, "$_/") == 0 } keys %system;
		for (split /\n/, $text{$file}) {
			$line++;
			next unless /^\s*#\s*include\s*([<"])([^>"]+)[>"]/;
			my ($kind, $name) = ($1, $2);
			if ($kind eq '<') {
				# In angle brackets a file of ours is still ours.
				if (my ($ours) = grep { exists $text{"$_/$name"} } 'lib', @roots) {
					my $why = forbidden($file, "$ours/$name");
					note($place->{name}, 'upward', "$file:$line: includes <$name>: $why") if $why;
				} elsif ($sys && $name !~ /^($system{$sys})$/) {
					note($place->{name}, 'upward', "$file:$line: <$name> is not for $sys");
				}
				next;
			}
			my @found = grep { exists $text{$_} } map { tidy($_) } "$dir/$name",
				"$place->{path}/$name", "lib/$name", map { "$_/$name" } @roots;
			if ($name =~ m{^\.\./} || !@found) {
				# A header made by the build, or a path around the rules.
				note($place->{name}, 'upward', "$file:$line: \"$name\" is no header of the tree by its name")
					if $name =~ m{\.\.} || (!@found && $name !~ /^ikesync_config\.h$/);
				next;
			}
			my $why = forbidden($file, $found[0]);
			note($place->{name}, 'upward', "$file:$line: includes $found[0]: $why") if $why;
			$includes{$file}{$found[0]} = 1;
		}
	}
}

sub tidy { my $p = shift; 1 while $p =~ s{[^/]+/\.\./}{}; return $p; }

# ---- cycles: Tarjan, without recursion's limits because graphs here are small

sub knots {
	my ($nodes, $edges) = @_;
	my (%index, %low, %on, @stack, @found, $next, $visit);
	no warnings 'recursion';
	$next = 1;
	$visit = sub {
		my $v = shift;
		$index{$v} = $low{$v} = $next++;
		push @stack, $v;
		$on{$v} = 1;
		for my $w (sort keys %{$edges->{$v} || {}}) {
			if (!$index{$w}) {
				$visit->($w);
				$low{$v} = $low{$w} if $low{$w} < $low{$v};
			} elsif ($on{$w}) {
				$low{$v} = $index{$w} if $index{$w} < $low{$v};
			}
		}
		if ($low{$v} == $index{$v}) {
			my @group;
			while (1) {
				my $w = pop @stack;
				$on{$w} = 0;
				push @group, $w;
				last if $w eq $v;
			}
			push @found, [sort @group] if @group > 1;
		}
	};
	$index{$_} || $visit->($_) for sort @$nodes;
	return @found;
}

sub count_knots {
	my ($figure, $edges, $what) = @_;
	my %nodes = map { $_ => 1 } keys %$edges, map { keys %$_ } values %$edges;
	for my $group (knots([keys %nodes], $edges)) {
		my $area = area_of($group->[0])->{name};
		$figure{$area}{$figure} += @$group;
		push @{$broken{$area}{$figure}}, "$what: " . join ' ', map { my $f = $_; $f =~ s{^\Q$area{$area}{path}\E/}{}; $f } @$group;
	}
}

# ---- objects

my (%defines, %wants, %functions, %where);

sub read_objects {
	my (%object, %seen);
	for my $o (split /\n/, `cd '$build' && find . -name '*.c.o' -type f`) {
		(my $src = $o) =~ s{^\./}{};
		next if $src =~ m{_defects\.dir/};
		$src =~ s{\.o$}{};
		$src =~ s{CMakeFiles/[^/]+\.dir/}{};
		1 while $src =~ s{[^/]+/__/}{};
		next if !exists $text{$src} || area_of($src)->{lines};	# a file that was moved since
		push @{$object{$src}}, $o;
	}
	for my $file (grep { /\.c$/ && !area_of($_)->{lines} } sort keys %text) {
		die "layering: $file has no object below $build: build first\n" unless $object{$file};
	}
	my %source = map { my $s = $_; map { $_ => $s } @{$object{$s}} } keys %object;
	my @list = sort keys %source;
	open my $nm, '-|', 'sh', '-c', 'cd "$0" && exec nm -A "$@"', $build, @list or die "layering: nm: $!\n";
	while (<$nm>) {
		next unless /^(.*\.o):\s*(?:[0-9a-f]+)?\s+([A-Za-z])\s+(\S+)$/;
		my ($file, $type, $symbol) = ($source{$1}, $2, $3);
		next if $symbol =~ /^__|\./ || $symbol eq 'main';
		if ($type eq 'U') {
			$wants{$file}{$symbol} = 1;
		} elsif ($type =~ /^[TDBRVWG]$/) {
			$defines{$file}{$symbol} = 1;
			$functions{$file}{$symbol} = 1 if $type =~ /[TW]/;
			$where{$symbol}{$file} = 1;
		}
	}
	close $nm or die "layering: nm failed\n";
}

sub read_calls {
	my (%edges, %said);
	for my $file (sort keys %wants) {
		my $place = area_of($file);
		for my $symbol (sort keys %{$wants{$file}}) {
			next unless $where{$symbol};
			my @to = sort keys %{$where{$symbol}};
			my ($to) = grep { area_of($_) == $place } @to;
			($to) = grep { $place->{uses}{area_of($_)->{name}} } @to unless $to;
			$to = $to[0] unless $to;
			$edges{$file}{$to} = 1 if area_of($to) == $place && $to ne $file;
			my $why = forbidden($file, $to);
			push @{$said{"$file calls into $to ($why)"}}, $symbol if $why;
		}
		note($place->{name}, 'upward', "$_: @{$said{$_}}") for sort keys %said;
		%said = ();
	}
	count_knots('knot', \%edges, 'calls in a circle');
	for my $symbol (sort keys %where) {
		# The plugin is a module whose names stay inside it: it can share them with no program.
		my @in = sort grep { area_of($_)->{name} ne 'dissector' } keys %{$where{$symbol}};
		note(area_of($in[1])->{name}, 'twin', "$symbol is defined in @in") if @in > 1;
	}
}

# ---- what headers declare

sub read_declarations {
	my %declared;
	for my $h (grep { /\.h$/ && !area_of($_)->{lines} } keys %text) {
		my $t = bare($text{$h});
		$t =~ s{^\s*#(?:[^\n]*\\\n)*[^\n]*}{}mg;
		1 while $t =~ s/\{[^{}]*\}/;/g;
		for my $statement (split /;/, $t) {
			next if $statement =~ /^\s*(?:typedef|static|extern\s+const)\b/;
			$statement =~ s/__attribute__\s*\(\(.*?\)\)(?:\))?//gs;
			$declared{$1}{$h} = 1 if $statement =~ /\b([A-Za-z_]\w*)\s*\(/;
		}
	}
	for my $file (sort keys %functions) {
		my $area = area_of($file)->{name};
		(my $own = $file) =~ s/\.c$/.h/;
		for my $f (sort keys %{$functions{$file}}) {
			next if $area eq 'dissector' && $f =~ /^plugin_/;	# Wireshark's entry points
			my @in = sort keys %{$declared{$f} || {}};
			@in = grep { area_of($_)->{name} eq $area } @in if @in > 1;
			next if @in == 1 && $in[0] eq $own;
			note($area, 'foreign', "$file: $f is declared in " . (@in ? "@in" : 'no header'));
		}
	}
}

# ---- lines

my (%lengths, %count);

sub read_lines {
	for my $file (sort keys %text) {
		my $area = area_of($file)->{name};
		my @line = split /\n/, $text{$file};
		$count{$area}{files}++;
		note($area, 'no-opening', "$file:2: no line says what room this is")
			unless @line > 1 && $line[1] =~ m{^/\* *\S.*|^/\*$} && ($line[1] ne '/*' || $line[2] =~ /\w/);
		note($area, 'long-file', sprintf '%s: %d lines', $file, scalar @line) if @line > 600 && !$long{$file};
		next unless $file =~ /\.c$/;
		# clang-format's Linux braces: alone at the left edge, only a function's body opens.
		my ($begin, $last, $name) = (0, 0, '');
		for my $i (0 .. $#line) {
			if ($line[$i] eq '{' && !$begin) {
				my $j = $i;
				$j-- while $j > 0 && $line[$j - 1] !~ m!^\s*$|^[#}]|;\s*$|\*/\s*$!;
				$begin = $j + 1;
				my $head = join ' ', @line[$j .. $i - 1];
				$name = $head =~ /(\w+)\s*\(/ ? $1 : '?';
			} elsif ($line[$i] =~ /^\}/ && $begin) {
				my $n = $i + 2 - $begin;
				push @{$lengths{$area}}, $n;
				note($area, 'above80', "$file:$begin: $name has $n lines") if $n > 80;
				note($area, 'above50', "$file:$begin: $name has $n lines") if $n > 50;
				$begin = 0;
			}
		}
	}
}

# ---- what it says

read_table();
find_files();
read_includes();
read_objects();
read_calls();
read_declarations();
read_lines();
count_knots('include-knot', do { my %h; for my $f (grep { /\.h$/ } keys %includes) {
	$h{$f} = {map { $_ => 1 } grep { /\.h$/ && area_of($_) == area_of($f) } keys %{$includes{$f}}} } \%h }, 'headers in a circle');

my $failed = 0;
my @columns = split /\|/, $names;
printf "%-10s %5s %5s %6s", 'area', 'files', 'funcs', 'median';
printf " %12s", $_ for @columns;
print "\n";
my (%sum, $all, $long50);
for my $place (@areas) {
	my $n = $place->{name};
	my @l = sort { $a <=> $b } @{$lengths{$n} || [0]};
	$all += @l unless $place->{lines};
	$long50 += $figure{$n}{above50} || 0 unless $place->{lines};
	$sum{files} += $count{$n}{files};
	printf "%-10s %5d %5d %6d", $n, $count{$n}{files}, scalar @l, $l[$#l / 2];
	for my $f (@columns) {
		my $v = $figure{$n}{$f} || 0;
		$sum{$f} += $v;
		printf " %12s", $v;
		next if $f eq 'above50';
		my $top = $ceiling{$n}{$f} || 0;
		if ($v > $top) {
			$failed++;
			push @notes, "$n: $f is $v and may be $top at most:", map { "\t$_" } @{$broken{$n}{$f}};
		} elsif ($v < $top) {
			push @notes, "$n: $f fell to $v: lower its ceiling of $top in the table";
		}
	}
	print "\n";
}
printf "%-10s %5d %5s %6s", 'all', $sum{files}, '', '';
printf " %12s", $sum{$_} for @columns;
print "\n";
my $share = 1000 * $long50 / $all;
my $top = exists $ceiling{all}{above50} ? $ceiling{all}{above50} : 15;
printf "functions above 50 lines outside tests: %.1f %%, at most %.1f %%\n", $share / 10, $top / 10;
if ($share > $top) {
	$failed++;
	push @notes, "too many functions above 50 lines:", map { my $n = $_->{name}; map { "\t$_" } @{$broken{$n}{above50} || []} } grep { !$_->{lines} } @areas;
}
if ($ENV{LAYERING_ALL}) {
	for my $place (@areas) {
		for my $f (@columns) { print "$place->{name} $f: $_\n" for @{$broken{$place->{name}}{$f} || []}; }
	}
}
print STDERR "layering: $_\n" for @notes;
if ($failed) {
	print STDERR "layering: $failed broken\n";
	exit 1;
}
print "layering: ok\n";
