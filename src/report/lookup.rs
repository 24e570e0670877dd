//! Markers in a workbook of the user's own: which figure of the tidy tables each one asks for.
//!
//! `{{attainment.actual metric=sales_amount unit=North period=2026-Q1}}` is one figure,
//! `{{table attainment level=region columns=unit,target,actual}}` a block of rows, and a cell that Excel
//! calls `attain_sales_amount_actual_2026_Q1_North` one figure of attainment. Knows no cell and no file.

use crate::facts::roster::key;
use crate::metric::Metrics;
use crate::period::parse::{Context, read_period};
use crate::problem::{Kind, metric_word};
use crate::text::{self, Lang};

use super::tidy::{Field, TidyTable};

/// What markers are looked up in.
pub struct Figures<'a> {
    pub tables: &'a [TidyTable],
    pub metrics: &'a Metrics,
    /// The period that is meant where a marker names none.
    pub focus: Option<String>,
    pub lang: Lang,
}

/// A figure or rows that a marker asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The marker as it is written.
    raw: String,
    table: String,
    /// One column of one row, or these of all rows.
    columns: Vec<String>,
    pub is_block: bool,
    conditions: Vec<Condition>,
}

/// What a column must hold.
#[derive(Clone, Debug, PartialEq)]
struct Condition {
    column: String,
    value: String,
}

/// What a defined name begins with.
const PREFIX: &str = "attain_";
/// Stands for any value in a condition.
const ANY: &str = "*";
/// Tables of which the period asked for is one of many: none is meant where a marker names none.
const OF_ALL_PERIODS: [&str; 2] = ["deviations", "pipeline"];
/// Columns whose keys have words.
const WITH_WORDS: [&str; 3] = ["level", "status", "impact"];
/// Below this likeness a name is no suggestion.
const LEAST_LIKENESS: f64 = 0.6;

/// Whether a text is meant as a marker.
pub fn is_marker(text: &str) -> bool {
    let text = plain(text);
    text.contains("{{") && text.contains("}}")
}

/// What input methods write in place of the marks that a marker is made of.
fn plain(text: &str) -> String {
    let plain = |character| match character {
        '\u{ff5b}' => '{',
        '\u{ff5d}' => '}',
        '\u{ff1d}' => '=',
        '\u{ff0c}' | '、' => ',',
        '“' | '”' | '\u{ff02}' => '"',
        '\u{3000}' | '\u{a0}' | '\n' | '\r' | '\t' => ' ',
        '\u{ff0a}' => '*',
        other => other,
    };
    text.chars().map(plain).collect()
}

impl Query {
    /// Reads a marker that fills its cell.
    ///
    /// # Errors
    /// What about it is no marker.
    pub fn parse(raw: &str) -> Result<Query, Kind> {
        let wrong = |why: &'static str| Kind::BadMarker { raw: raw.to_string(), why };
        let text = plain(raw);
        let inner = text.trim().strip_prefix("{{").and_then(|text| text.strip_suffix("}}"));
        let inner = inner.filter(|inner| !inner.contains("{{") && !inner.contains("}}"));
        let words = words(inner.ok_or_else(|| wrong("not_alone"))?).ok_or_else(|| wrong("open_quote"))?;
        let mut words = words.into_iter();
        let first = words.next().ok_or_else(|| wrong("no_column"))?;
        let is_block = first.eq_ignore_ascii_case("table");
        let (table, column) = if is_block {
            (words.next().filter(|name| !name.contains('=')).ok_or_else(|| wrong("no_table"))?, None)
        } else {
            let (table, column) = first.split_once('.').ok_or_else(|| wrong("no_column"))?;
            (table.to_string(), Some(column.to_string()))
        };
        let mut columns: Vec<String> = column.into_iter().collect();
        let mut conditions: Vec<Condition> = Vec::new();
        for word in words {
            let (column, value) = word.split_once('=').ok_or_else(|| wrong("no_condition"))?;
            if is_block && column.eq_ignore_ascii_case("columns") {
                columns.extend(value.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_string));
                continue;
            }
            if conditions.iter().any(|condition| condition.column.eq_ignore_ascii_case(column)) {
                return Err(wrong("twice"));
            }
            conditions.push(Condition { column: column.to_string(), value: value.trim().to_string() });
        }
        Ok(Query { raw: raw.to_string(), table, columns, is_block, conditions })
    }

    /// Reads a defined name: `attain_`, a metric, a column of attainment, and as one likes a period and a unit.
    /// Nothing for names that are not for us.
    ///
    /// # Errors
    /// A metric or column that there is not.
    pub fn named(name: &str, figures: &Figures<'_>) -> Option<Result<Query, Kind>> {
        let head = name.get(..PREFIX.len()).filter(|head| head.eq_ignore_ascii_case(PREFIX))?;
        Some(Query::after(&name[head.len()..], name, figures))
    }

    fn after(rest: &str, name: &str, figures: &Figures<'_>) -> Result<Query, Kind> {
        let metrics: Vec<&str> = figures.metrics.iter().map(|metric| metric.key.as_str()).collect();
        let (metric, rest) = take_longest(rest, &metrics).ok_or_else(|| unknown(name, "metric", rest, &metrics))?;
        let table = figures.table("attainment", name)?;
        let (column, rest) =
            take_longest(rest, table.header).ok_or_else(|| unknown(name, "column", rest, table.header))?;
        let mut conditions = vec![Condition { column: "metric".to_string(), value: metric.to_string() }];
        let (period, unit) = take_period(rest);
        conditions.extend(period.map(|value| Condition { column: "period".to_string(), value }));
        if !unit.is_empty() {
            // A name has no blanks and marks: the unit is the one that is called so without them.
            let units = distinct(table, &["unit", "unit_id"]);
            let value = units.iter().find(|known| folded(known) == folded(unit)).map_or(unit, String::as_str);
            conditions.push(Condition { column: "unit".to_string(), value: value.to_string() });
        }
        let columns = vec![column.to_string()];
        Ok(Query { raw: name.to_string(), table: "attainment".to_string(), columns, is_block: false, conditions })
    }

    /// The rows of the columns that are asked for; of a single figure, the one row.
    ///
    /// # Errors
    /// A name that there is not, or not exactly one row for a single figure.
    pub fn rows(&self, figures: &Figures<'_>) -> Result<Vec<Vec<Field>>, Kind> {
        let table = figures.table(&self.table, &self.raw)?;
        let position = |name: &String| {
            let found = table.header.iter().position(|header| header.eq_ignore_ascii_case(name));
            found.ok_or_else(|| unknown(&self.raw, "column", name, table.header))
        };
        let columns: Vec<usize> = match &self.columns[..] {
            [] => (0..table.header.len()).collect(),
            names => names.iter().map(position).collect::<Result<_, _>>()?,
        };
        let conditions = self.conditions(table, figures)?;
        let is_wanted = |row: &&Vec<Field>| conditions.iter().all(|wanted| wanted.holds(row));
        let found: Vec<&Vec<Field>> = table.rows.iter().filter(is_wanted).collect();
        if found.is_empty() {
            return Err(Kind::NoRowForMarker { raw: self.raw.clone() });
        }
        if !self.is_block && found.len() > 1 {
            return Err(Kind::SeveralRowsForMarker {
                raw: self.raw.clone(),
                n_rows: found.len(),
                columns: differing(table, &found).join(", "),
            });
        }
        Ok(found
            .into_iter()
            .map(|row| columns.iter().map(|column| figures.shown(table.header[*column], &row[*column])).collect())
            .collect())
    }

    /// Why a figure is blank, if its row says so.
    pub fn reason(&self, figures: &Figures<'_>) -> Option<String> {
        let reason = Query { columns: vec!["reason".to_string()], ..self.clone() };
        match reason.rows(figures).ok()?.into_iter().next()?.into_iter().next()? {
            Field::Text(reason) => Some(reason),
            _ => None,
        }
    }

    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The conditions as positions and values, with those that go without saying.
    fn conditions(&self, table: &TidyTable, figures: &Figures<'_>) -> Result<Vec<Wanted>, Kind> {
        let mut all = Vec::new();
        let has = |name: &str| table.header.contains(&name);
        let says = |name: &str| self.conditions.iter().any(|condition| condition.column.eq_ignore_ascii_case(name));
        for Condition { column, value } in &self.conditions {
            let position = table.header.iter().position(|header| header.eq_ignore_ascii_case(column));
            let position = position.ok_or_else(|| unknown(&self.raw, "column", column, table.header))?;
            if value == ANY {
                continue;
            }
            let name = table.header[position];
            let mut positions = vec![position];
            if name == "unit" {
                positions.extend(table.header.iter().position(|header| *header == "unit_id"));
            }
            let wanted = Wanted { positions, value: key(&figures.canonical(name, value)) };
            if !table.rows.iter().any(|row| wanted.holds(row)) {
                let known = distinct(table, &[name]);
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                return Err(unknown(&self.raw, name, value, &known));
            }
            all.push(wanted);
        }
        let mut add = |name: &str, value: &str| {
            let position = table.header.iter().position(|header| *header == name);
            all.extend(position.map(|position| Wanted { positions: vec![position], value: key(value) }));
        };
        if let Some(focus) = &figures.focus
            && !says("period")
            && !OF_ALL_PERIODS.contains(&table.name)
        {
            add("period", focus);
        }
        if !self.is_block && has("unit") && !["unit", "unit_id", "level"].into_iter().any(says) {
            add("level", "company");
        }
        Ok(all)
    }
}

/// A value that one of these columns must hold.
struct Wanted {
    positions: Vec<usize>,
    value: String,
}

impl Wanted {
    fn holds(&self, row: &[Field]) -> bool {
        self.positions.iter().any(|position| match row.get(*position) {
            Some(Field::Text(text) | Field::Number(text)) => key(text) == self.value,
            _ => false,
        })
    }
}

impl Figures<'_> {
    fn table(&self, name: &str, raw: &str) -> Result<&TidyTable, Kind> {
        let found = self.tables.iter().find(|table| table.name.eq_ignore_ascii_case(name));
        let names: Vec<&str> = self.tables.iter().map(|table| table.name).collect();
        found.ok_or_else(|| unknown(raw, "table", name, &names))
    }

    /// A condition's value as the tables write it: keys for words of either language, periods in one form.
    fn canonical(&self, column: &str, value: &str) -> String {
        let wanted = key(value);
        match column {
            "metric" => {
                let is_called = |name: &str| key(name) == wanted;
                let metric = self.metrics.iter().find(|metric| {
                    let words = text::wordings(&format!("metric.{}", metric.key));
                    is_called(&metric.key)
                        || words.into_iter().any(is_called)
                        || metric.names.iter().any(|n| is_called(n))
                });
                metric.map_or_else(|| value.to_string(), |metric| metric.key.clone())
            }
            "period" => {
                let period = read_period(value).and_then(|written| written.resolve(Context::default()));
                period.map_or_else(|| value.to_string(), |period| period.to_string())
            }
            _ if WITH_WORDS.contains(&column) => {
                let prefix = format!("{column}.");
                let words = Lang::ALL.into_iter().flat_map(Lang::keys).filter_map(|full| full.strip_prefix(&prefix));
                let mut called = words.filter(|word| {
                    text::wordings(&format!("{prefix}{word}")).into_iter().any(|wording| key(wording) == wanted)
                });
                called.next().unwrap_or(value).to_string()
            }
            _ => value.to_string(),
        }
    }

    /// A field as people read it: words in place of keys.
    fn shown(&self, column: &str, field: &Field) -> Field {
        let Field::Text(text) = field else { return field.clone() };
        let word = |full: &str| {
            if text::wordings(full).is_empty() { text.clone() } else { self.lang.word(full).to_string() }
        };
        Field::Text(match (column, text.as_str()) {
            (_, "(unassigned)") => self.lang.word("word.unassigned").to_string(),
            (_, "(company)") => self.lang.word("word.company").to_string(),
            ("metric", metric) => metric_word(metric, self.lang),
            (column, key) if WITH_WORDS.contains(&column) => word(&format!("{column}.{key}")),
            _ => text.clone(),
        })
    }
}

fn unknown(raw: &str, what: &str, name: &str, known: &[&str]) -> Kind {
    let nearest = known.iter().map(|other| (strsim::jaro_winkler(&key(name), &key(other)), *other));
    let nearest = nearest.filter(|(likeness, _)| *likeness >= LEAST_LIKENESS).max_by(|a, b| a.0.total_cmp(&b.0));
    let nearest = nearest.map(|(_, other)| other.to_string());
    Kind::UnknownInMarker { raw: raw.to_string(), what: what.to_string(), name: name.to_string(), suggestion: nearest }
}

/// The different texts in columns.
fn distinct(table: &TidyTable, columns: &[&str]) -> Vec<String> {
    let positions = table.header.iter().enumerate().filter(|(_, header)| columns.contains(header));
    let positions: Vec<usize> = positions.map(|(position, _)| position).collect();
    let texts = table.rows.iter().flat_map(|row| positions.iter().filter_map(|position| row.get(*position)));
    let texts = texts.filter_map(|field| match field {
        Field::Text(text) | Field::Number(text) => Some(text.clone()),
        Field::Blank => None,
    });
    texts.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

/// The columns by which rows could be told apart.
fn differing(table: &TidyTable, rows: &[&Vec<Field>]) -> Vec<&'static str> {
    let differs = |position: usize| {
        let first = rows.first().and_then(|row| row.get(position));
        let is_text = matches!(first, Some(Field::Text(_)));
        is_text && rows.iter().any(|row| row.get(position) != first)
    };
    let names = table.header.iter().enumerate().filter(|(position, _)| differs(*position));
    names.map(|(_, name)| *name).take(3).collect()
}

/// Words between blanks; quotes keep blanks, and a list goes on after a comma. Nothing where a quote stays open.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut is_quoted = false;
    for character in text.chars().chain([' ']) {
        match character {
            '"' => is_quoted = !is_quoted,
            ' ' if !is_quoted => {
                let goes_on = words.last().is_some_and(|last| last.ends_with(',')) && !word.is_empty();
                match words.last_mut().filter(|_| goes_on) {
                    Some(last) => last.push_str(&std::mem::take(&mut word)),
                    None if !word.is_empty() => words.push(std::mem::take(&mut word)),
                    None => {}
                }
            }
            other => word.push(other),
        }
    }
    (!is_quoted).then_some(words)
}

/// The longest of the names that a text begins with, before `_` or its end, and what follows.
fn take_longest<'a, 'b>(text: &'a str, names: &[&'b str]) -> Option<(&'b str, &'a str)> {
    let after = |name: &&'b str| {
        let head = text.get(..name.len()).filter(|head| head.eq_ignore_ascii_case(name))?;
        let rest = &text[head.len()..];
        (rest.is_empty() || rest.starts_with('_')).then(|| (*name, rest.strip_prefix('_').unwrap_or(rest)))
    };
    names.iter().filter_map(after).max_by_key(|(name, _)| name.len())
}

/// A period in front (`2026`, `2026_Q1`, `2026_03`), and what follows.
fn take_period(text: &str) -> (Option<String>, &str) {
    let pieces: Vec<&str> = text.splitn(3, '_').collect();
    let is_year = |piece: &str| piece.len() == 4 && piece.bytes().all(|digit| digit.is_ascii_digit());
    let reads = |text: &str| {
        let period = read_period(text).and_then(|written| written.resolve(Context::default()));
        period.map(|period| period.to_string())
    };
    match &pieces[..] {
        [year, part, rest @ ..] if is_year(year) => match reads(&format!("{year}-{part}")) {
            Some(period) => (Some(period), rest.first().copied().unwrap_or("")),
            None => (reads(year), &text[year.len() + 1..]),
        },
        [year] if is_year(year) => (reads(year), ""),
        _ => (None, text),
    }
}

/// A name as a defined name can hold it: letters and digits, one `_` between them.
fn folded(name: &str) -> String {
    let plain: String = key(name).chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    plain.split('_').filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_words_with_quotes_and_lists() {
        let query =
            Query::parse("{{ table attainment level=region  columns=unit, target,actual unit=\"North East\" }}");
        let query = query.unwrap();
        assert!(query.is_block);
        assert_eq!((query.table.as_str(), query.columns.join("|")), ("attainment", "unit|target|actual".to_string()));
        let conditions: Vec<String> =
            query.conditions.iter().map(|condition| format!("{}={}", condition.column, condition.value)).collect();
        assert_eq!(conditions, ["level=region", "unit=North East"]);
        // As a Chinese input method writes it.
        let query =
            Query::parse("\u{ff5b}\u{ff5b}attainment.actual metric\u{ff1d}销售额\u{3000}unit=“北 区”\u{ff5d}\u{ff5d}")
                .unwrap();
        assert_eq!(query.conditions[1].value, "北 区");
        for (wrong, why) in [
            ("Q1: {{attainment.actual}}", "not_alone"),
            ("{{a.b}} {{c.d}}", "not_alone"),
            ("{{}}", "no_column"),
            ("{{attainment}}", "no_column"),
            ("{{table level=region}}", "no_table"),
            ("{{attainment.actual North}}", "no_condition"),
            ("{{attainment.actual unit=A unit=B}}", "twice"),
            ("{{attainment.actual unit=\"A}}", "open_quote"),
        ] {
            assert_eq!(Query::parse(wrong).unwrap_err(), Kind::BadMarker { raw: wrong.to_string(), why }, "{wrong}");
        }
    }

    #[test]
    fn names_have_periods_before_units() {
        for (rest, period, unit) in [
            ("", None, ""),
            ("North", None, "North"),
            ("2026_Q1", Some("2026-Q1"), ""),
            ("2026_03_North_East", Some("2026-03"), "North_East"),
            ("2026", Some("2026"), ""),
            ("2026_North", Some("2026"), "North"),
        ] {
            assert_eq!(take_period(rest), (period.map(str::to_string), unit), "{rest}");
        }
        assert_eq!(
            take_longest("target_to_date_2026", &["target", "target_to_date"]),
            Some(("target_to_date", "2026"))
        );
        assert_eq!(take_longest("targets", &["target"]), None);
        assert_eq!(folded("North-East (1)"), "north_east_1");
    }
}
