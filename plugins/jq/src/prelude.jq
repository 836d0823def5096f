# What jq has and jaq's own definitions lack.

def toarray: if isarray then . else [.] end;
def trimstr($text): ltrimstr($text) | rtrimstr($text);

def IN(values): . as $value | any(values; . == $value);
def IN(stream; values): any(stream; IN(values));
def INDEX(stream; key): reduce stream as $row ({}; .[$row | key | tostring] = $row);
def INDEX(key): INDEX(.[]; key);

def cell_with(write):
  if isstring then write
  elif . == null then ""
  elif isnumber or isboolean then tostring
  else error("a list or an object cannot stand in a row") end;

def @csv: map(cell_with("\"" + gsub("\""; "\"\"") + "\"")) | join(",");
def @tsv:
  map(cell_with(gsub("\\\\"; "\\\\") | gsub("\t"; "\\t") | gsub("\n"; "\\n") | gsub("\r"; "\\r")))
  | join("\t");
