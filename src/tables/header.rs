//! Which row is the header, which table it heads, and what each column is.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;

use crate::cell::{CellRef, OwnedValue, column_letters};
use crate::metric::{Formula, Metrics};
use crate::period::Calendar;
use crate::period::parse::{Written, read_period};
use crate::problem::{Kind, Problem};
use crate::text;

use super::grammar::{self, DateOrder};
use super::profile::ProfileTable;
use super::{HeldCell, HeldRow, Knowledge, Open, TABLES, TableSpec};
use crate::measure::units;

/// What a mapped column is.
#[derive(Clone, Debug, PartialEq)]
pub enum Role {
    /// A column that the table names.
    Field(&'static str),
    /// Actuals: the measure with this key.
    Measure(String),
    /// Targets with metrics across: the metric with this key.
    Metric(String),
    /// Targets with periods across.
    PeriodAcross(Written),
    /// Funnel: the stage with this key.
    Stage(String),
}

/// A translation of values: the lookup's name and its table.
pub type NamedLookup = (String, Arc<HashMap<String, String>>);

#[derive(Clone, Debug)]
pub struct MappedColumn {
    pub column: u32,
    /// The header as the file has it.
    pub header: String,
    pub role: Role,
    /// Power of ten of the unit in the header, if it has one.
    pub power: Option<i16>,
    pub lookup: Option<NamedLookup>,
}

/// How a sheet's columns feed a table.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub table: &'static TableSpec,
    /// Zero-based row of the header.
    pub header_row: u32,
    /// Columns ascending.
    pub columns: Vec<MappedColumn>,
    /// The year of the periods, from the profile or the title.
    pub year: Option<i32>,
    /// The one metric of a table that does not name metrics.
    pub metric: Option<String>,
    /// Power of ten of the money unit in the title (单位:万元).
    pub money_power: i16,
    pub decimal_comma: bool,
    pub date_order: Option<DateOrder>,
    pub blanks: Vec<String>,
    pub calendar: Calendar,
    /// Whether some column holds figures: then a row without any is a note.
    pub has_figures: bool,
}

impl Mapping {
    /// The position of a field's column among the mapped ones.
    pub fn slot(&self, field: &str) -> Option<usize> {
        self.columns.iter().position(|column| matches!(&column.role, Role::Field(key) if *key == field))
    }
}

/// Whether any of the columns is more than a field that describes.
fn has_figures(columns: &[MappedColumn]) -> bool {
    columns.iter().any(|column| !matches!(column.role, Role::Field(_)))
}

/// All names that headers may use, normalised, in both languages, with the user's own.
#[derive(Debug)]
pub struct Vocabulary {
    columns: HashMap<String, Vec<&'static str>>,
    metrics: HashMap<String, String>,
    stages: HashMap<String, String>,
    target_words: Vec<String>,
    total_words: Vec<String>,
    pub calendar: Calendar,
}

impl Vocabulary {
    pub fn new(metrics: &Metrics, stages: &[String], calendar: &Calendar) -> Self {
        let mut columns: HashMap<String, Vec<&'static str>> = HashMap::new();
        for (key, wording) in text::wordings_below("column.") {
            let keys = columns.entry(normalise(wording)).or_default();
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        columns.values_mut().for_each(|keys| keys.sort_unstable());
        let mut metric_names = HashMap::new();
        for metric in metrics.iter() {
            let own = std::iter::once(metric.key.as_str()).chain(metric.names.iter().map(String::as_str));
            for name in text::wordings(&format!("metric.{}", metric.key)).into_iter().chain(own) {
                metric_names.insert(normalise(name), metric.key.clone());
            }
        }
        let mut stage_names = HashMap::new();
        for stage in stages {
            for name in text::wordings(&format!("stage.{stage}")).into_iter().chain([stage.as_str()]) {
                stage_names.insert(normalise(name), stage.clone());
            }
        }
        let words = |key| text::wordings(key).into_iter().map(normalise).collect();
        Vocabulary {
            columns,
            metrics: metric_names,
            stages: stage_names,
            target_words: words("word.target"),
            total_words: words("word.total"),
            calendar: calendar.clone(),
        }
    }

    /// The metric that a text names, with or without a word for "target".
    pub fn metric(&self, text: &str) -> Option<String> {
        let header = Header::parse(text);
        header.candidates().iter().find_map(|name| self.metric_of(name).map(|(metric, _)| metric))
    }

    /// The key of the stage that a text names.
    pub fn stage(&self, text: &str) -> Option<&str> {
        self.stages.get(&normalise(text)).map(String::as_str)
    }

    /// The key of a stage with a name close to a text that names none. Whether a deal is won is not suggested.
    pub fn nearest_stage(&self, text: &str) -> Option<String> {
        let open = self.stages.iter().filter(|(_, stage)| *stage != "won").map(|(name, _)| name);
        self.stages.get(&nearest(&normalise(text), open)?).cloned()
    }

    /// A metric's name close to a text that names none.
    pub fn nearest_metric(&self, text: &str) -> Option<String> {
        nearest(&normalise(text), self.metrics.keys())
    }

    /// Whether a text labels a total row: 合计, 华东小计, Grand total.
    pub fn is_total(&self, text: &str) -> bool {
        // Asked of every name in every row: the last character nearly always says no.
        let last = text.trim_end_matches([' ', ':', '：', '.']).chars().next_back();
        let may_end = |last: char| {
            !last.is_ascii() && !('\u{4e00}'..='\u{9fff}').contains(&last)
                || self.total_words.iter().any(|word| word.chars().next_back() == last.to_lowercase().next())
        };
        if text.len() > 60 || !last.is_some_and(may_end) {
            return false;
        }
        let shown = text.to_lowercase();
        let text = normalise(text);
        // Gypsum is no sum: an English word stands for itself.
        let is_last_word = |word: &str| text.ends_with(word) && (!word.is_ascii() || last_word(&shown) == word);
        self.total_words.iter().any(|word| text == *word || is_last_word(word))
    }

    /// The metric of a normalised name, and whether the name has a word for "target" in it.
    fn metric_of(&self, name: &str) -> Option<(String, bool)> {
        let has_word = self.target_words.iter().any(|word| name.contains(word.as_str()));
        if let Some(metric) = self.metrics.get(name) {
            return Some((metric.clone(), has_word));
        }
        self.target_words.iter().find_map(|word| {
            let rest = name.strip_suffix(word.as_str()).or_else(|| name.strip_prefix(word.as_str()))?;
            self.metrics.get(rest).map(|metric| (metric.clone(), true))
        })
    }
}

/// The last word of a text in Latin script.
fn last_word(text: &str) -> &str {
    let text = text.trim_end_matches(|character: char| !character.is_alphanumeric());
    text.rsplit(|character: char| !character.is_ascii_alphanumeric()).next().unwrap_or("")
}

/// Names compare without case, width, white space and the marks that only decorate.
pub(super) fn normalise(text: &str) -> String {
    let dropped = |character: char| character.is_whitespace() || "_-.:·*#\"'`/\\".contains(character);
    text.nfkc().flat_map(char::to_lowercase).filter(|character| !dropped(*character)).collect()
}

fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a String>) -> Option<String> {
    let mut scored: Vec<(f64, &String)> =
        names.map(|other| (strsim::jaro_winkler(name, other), other)).filter(|(score, _)| *score >= 0.85).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored.first().map(|(_, name)| (*name).clone())
}

/// A header cell, taken apart.
struct Header {
    text: String,
    whole: String,
    base: Option<String>,
    power: Option<i16>,
}

impl Header {
    fn parse(text: &str) -> Self {
        let text = grammar::clean(text);
        let folded: String = text.nfkc().collect();
        let split = folded.strip_suffix([')', ']']).and_then(|rest| rest.rsplit_once(['(', '[']));
        let (base, power) = match split {
            Some((base, inner)) => (Some(normalise(base)), units::unit_power(inner)),
            None if folded.ends_with('%') => (Some(normalise(folded.trim_end_matches('%'))), Some(-2)),
            None => (None, None),
        };
        let whole = normalise(&folded).replace(['(', ')', '[', ']'], "");
        Header { text, whole, base, power }
    }

    fn candidates(&self) -> Vec<&str> {
        [Some(self.whole.as_str()), self.base.as_deref()]
            .into_iter()
            .flatten()
            .filter(|name| !name.is_empty())
            .collect()
    }
}

/// What one header cell might be.
struct Guess {
    column: u32,
    header: Header,
    fields: Vec<&'static str>,
    metric: Option<(String, bool)>,
    stage: Option<String>,
    period: Option<Written>,
}

/// What stands around the header: titles above it and the sheet's name.
#[derive(Clone, Copy, Debug, Default)]
struct Surroundings {
    says_target: bool,
    year: Option<i32>,
    /// Power of ten of the unit of all money in the table.
    money_power: Option<i16>,
}

/// A table that a row might head.
struct Candidate {
    table: &'static TableSpec,
    roles: Vec<(usize, Role)>,
    missing: Vec<&'static str>,
}

/// Rows below a possible header in which a better one is looked for; fewer where most of its cells are known.
const ROWS_BELOW_A_HEADER: usize = 8;
const ROWS_BELOW_A_SURE_HEADER: usize = 2;

/// A possible header: how many of its cells have a role, its position, and what was made of it.
type Found = (usize, usize, Candidate, Vec<Guess>, Surroundings);

/// Finds the header among a sheet's first rows. Remarks on its columns are added to the problems.
pub fn find(
    held: &[HeldRow],
    place: &CellRef,
    file: &str,
    knowledge: &Knowledge<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Mapping> {
    if let Some(profile) = knowledge.profile {
        let tables = profile.tables_for(file, &place.sheet);
        if !tables.is_empty() {
            return find_by_profile(held, place, &tables, &profile.name, knowledge, problems);
        }
    }
    let mut best: Option<Found> = None;
    let mut near: Option<(usize, usize, Candidate)> = None;
    let sheet_name = Surroundings::of([&*place.sheet].into_iter(), knowledge.vocabulary);
    let mut above = Surroundings::default();
    for (index, row) in held.iter().enumerate() {
        let is_far_below = |(score, found, ..): &Found| {
            let is_sure = score * 5 >= held[*found].cells.len() * 3;
            index > found + if is_sure { ROWS_BELOW_A_SURE_HEADER } else { ROWS_BELOW_A_HEADER }
        };
        if best.as_ref().is_some_and(is_far_below) {
            break;
        }
        let guesses = guess_row(&row.cells, knowledge);
        let around = above.or(sheet_name);
        let mut found = None;
        for table in TABLES {
            let candidate = bind(table, &guesses, &around);
            let score = candidate.roles.len();
            let is_more = |other: Option<usize>| other.is_none_or(|other| score > other);
            if candidate.missing.is_empty() && score >= 2 {
                let so_far = found.as_ref().map(|(score, _)| *score).or(best.as_ref().map(|(score, ..)| *score));
                if is_more(so_far) {
                    found = Some((score, candidate));
                }
            } else if score >= 2 && is_more(near.as_ref().map(|(score, ..)| *score)) {
                near = Some((score, index, candidate));
            }
        }
        if let Some((score, candidate)) = found {
            best = Some((score, index, candidate, guesses, around));
        }
        above = above.or(Surroundings::of(texts(row), knowledge.vocabulary));
    }
    let Some((_, index, candidate, guesses, around)) = best else {
        if let Some((_, index, candidate)) = near {
            let kind = Kind::MissingColumn { table: candidate.table.key, columns: candidate.missing };
            problems.push(Problem::new(place.at(held[index].index, 0), kind));
        }
        return None;
    };
    let header_row = held[index].index;
    let mut columns = Vec::new();
    for (guess, role) in &candidate.roles {
        let guess = &guesses[*guess];
        columns.push(MappedColumn {
            column: guess.column,
            header: guess.header.text.clone(),
            role: role.clone(),
            power: guess.header.power,
            lookup: None,
        });
    }
    columns.sort_by_key(|column| column.column);
    let used: Vec<usize> = candidate.roles.iter().map(|(guess, _)| *guess).collect();
    remark_on_unused(&guesses, &used, &columns, &candidate, place, header_row, knowledge, problems);
    remark_on_blank_headers(held, index, place, problems);
    remark_on_years(&columns, around.year.or(knowledge.year).is_some(), place, header_row, problems);
    // `目标` names a value; a metric is named by a column, by the title, or is sales.
    Some(Mapping {
        table: candidate.table,
        header_row,
        has_figures: has_figures(&columns),
        columns,
        year: around.year,
        metric: None,
        money_power: around.money_power.unwrap_or(0),
        decimal_comma: false,
        date_order: None,
        blanks: Vec::new(),
        calendar: knowledge.vocabulary.calendar.clone(),
    })
}

fn guess_row(cells: &[HeldCell], knowledge: &Knowledge<'_>) -> Vec<Guess> {
    let vocabulary = knowledge.vocabulary;
    let guess = |cell: &HeldCell| {
        let header = Header::parse(&header_text(&cell.value)?);
        if header.whole.is_empty() {
            return None;
        }
        let names = header.candidates();
        let fields = names.iter().find_map(|name| vocabulary.columns.get(*name)).cloned().unwrap_or_default();
        let metric = names.iter().find_map(|name| vocabulary.metric_of(name));
        let stage = names.iter().find_map(|name| vocabulary.stages.get(*name)).cloned();
        // 2026.1 may be what a spreadsheet made of 2026.10.
        let is_fraction = matches!(&cell.value, OwnedValue::Number(number) if number.whole().is_none());
        let period = read_period(&header.text).or_else(|| header.base.as_deref().and_then(read_period));
        let period = period.filter(|_| !is_fraction);
        Some(Guess { column: cell.column, fields, metric, stage, period, header })
    };
    cells.iter().filter_map(guess).collect()
}

/// What a header cell says. Periods across are often real dates or bare years.
fn header_text(value: &OwnedValue) -> Option<String> {
    match value {
        OwnedValue::Text(text) => Some(grammar::clean(text)),
        OwnedValue::Date(day) => Some(day.format("%Y-%m").to_string()),
        OwnedValue::Number(number) => Some(number.text()),
        _ => None,
    }
}

/// Periods across without a year anywhere: said once, at the header.
fn remark_on_years(columns: &[MappedColumn], has_year: bool, at: &CellRef, row: u32, problems: &mut Vec<Problem>) {
    let has_year = has_year || columns.iter().any(|column| column.role == Role::Field("year"));
    for column in columns.iter().filter(|_| !has_year) {
        if let Role::PeriodAcross(Written::NeedsYear { .. }) = column.role {
            let (field, raw) = (column.header.clone(), column.header.clone());
            problems.push(Problem::new(at.at(row, column.column), Kind::PeriodNeedsYear { field, raw }));
        }
    }
}

/// The texts of a row.
fn texts(row: &HeldRow) -> impl Iterator<Item = &str> {
    row.cells.iter().filter_map(|cell| match &cell.value {
        OwnedValue::Text(text) => Some(text.as_str()),
        _ => None,
    })
}

impl Surroundings {
    /// What texts above a header, or the sheet's name, say about the table.
    fn of<'a>(texts: impl Iterator<Item = &'a str>, vocabulary: &Vocabulary) -> Self {
        let titles: Vec<String> = texts.map(|text| text.nfkc().collect()).collect();
        let says_target = titles.iter().any(|title| {
            let title = normalise(title);
            vocabulary.target_words.iter().any(|word| title.contains(word.as_str()))
        });
        let year = titles.iter().find_map(|title| {
            let mut digits = title.split(|character: char| !character.is_ascii_digit()).filter(|run| run.len() == 4);
            digits.find_map(|run| run.parse().ok().filter(|year| (1990..=2100).contains(year)))
        });
        // (万元) at the end of a title, or 单位:万元 anywhere in it.
        let in_brackets = |title: &str| {
            let inner = title.split('(').skip(1).filter_map(|part| part.split_once(')')).map(|(inner, _)| inner);
            inner.filter_map(units::unit_power).find(|power| *power > 0)
        };
        let money_power = titles.iter().find_map(|title| {
            if let Some(power) = in_brackets(title) {
                return Some(power);
            }
            let marks = ["单位:", "单位", "unit:", " in "];
            let title = format!(" {title}");
            let after = marks.iter().find_map(|mark| title.split_once(mark)).map(|(_, after)| after)?;
            let word: String =
                after.trim().chars().take_while(|c| !c.is_whitespace() && !")],;，；".contains(*c)).collect();
            units::unit_power(&word).filter(|power| *power > 0)
        });
        Surroundings { says_target, year, money_power }
    }

    /// What the upper one says, and what it leaves open the lower one.
    fn or(self, lower: Surroundings) -> Self {
        Surroundings {
            says_target: self.says_target || lower.says_target,
            year: self.year.or(lower.year),
            money_power: self.money_power.or(lower.money_power),
        }
    }
}

/// Tries a row as the header of a table.
fn bind(table: &'static TableSpec, guesses: &[Guess], around: &Surroundings) -> Candidate {
    let mut roles: Vec<(usize, Role)> = Vec::new();
    let mut taken: Vec<&'static str> = Vec::new();
    let mut says_target = around.says_target;
    // `Sales target` beside `New customers target` is a metric; on its own it is the value.
    let metrics_across = table.open == Open::MetricsOrPeriods
        && guesses.iter().filter(|guess| guess.metric.is_some()).count() >= 2
        && !guesses.iter().any(|guess| guess.fields.contains(&"metric"));
    for (index, guess) in guesses.iter().enumerate() {
        let is_metric = metrics_across && guess.metric.is_some();
        let fields = table.columns.iter().map(|column| column.key);
        let field = fields.filter(|key| !is_metric || *key != "value").find(|key| guess.fields.contains(key));
        if let Some(field) = field {
            if !taken.contains(&field) {
                taken.push(field);
                roles.push((index, Role::Field(field)));
            }
            continue;
        }
        let role = match table.open {
            Open::Nothing => None,
            Open::Measures => {
                let metric = guess.metric.as_ref().filter(|(_, has_target_word)| !has_target_word);
                metric.map(|(metric, _)| Role::Measure(metric.clone()))
            }
            Open::MetricsOrPeriods => match (&guess.period, &guess.metric) {
                (Some(period), _) => Some(Role::PeriodAcross(*period)),
                (None, Some((metric, has_target_word))) => {
                    says_target |= has_target_word;
                    Some(Role::Metric(metric.clone()))
                }
                (None, None) => None,
            },
            Open::Periods => guess.period.map(Role::PeriodAcross),
            Open::Stages => guess.stage.clone().map(Role::Stage),
        };
        if let Some(role) = role
            && !roles.iter().any(|(_, other)| *other == role)
        {
            roles.push((index, role));
        }
    }
    let mut missing = missing(table, &mut roles, &taken, says_target);
    // `Item` and `Amount` alone may be sales: a budget then says its cycle, spending its day and a department,
    // or whether it is committed.
    let guess_of = |field: &'static str| {
        let found = roles.iter().find(|(_, role)| *role == Role::Field(field));
        found.map(|(index, _)| &guesses[*index])
    };
    let is_plain = |amount: &'static str| guess_of(amount).is_some_and(|guess| guess.metric.is_some());
    let is_any_item = guess_of("item").is_some_and(|guess| guess.header.whole == "item");
    let says = |field: &'static str| taken.contains(&field) || missing.contains(&field);
    if is_plain("budget_amount") && !says("cycle") {
        missing.push("cycle");
    } else if is_plain("spend_amount") && !says("date") {
        missing.push("date");
    } else if is_plain("spend_amount") && is_any_item && !says("department") && !says("spend_kind") {
        missing.push("department");
    }
    Candidate { table, roles, missing }
}

/// The required columns that a row lacks. Layouts exclude each other: with periods across,
/// metric names among the headers are not targets.
fn missing(
    table: &TableSpec,
    roles: &mut Vec<(usize, Role)>,
    taken: &[&'static str],
    says_target: bool,
) -> Vec<&'static str> {
    let count =
        |roles: &[(usize, Role)], wanted: fn(&Role) -> bool| roles.iter().filter(|(_, role)| wanted(role)).count();
    let has = |field: &str| taken.contains(&field);
    let mut missing = Vec::new();
    match table.open {
        Open::Nothing if table.key == "team" => {
            if !has("person") && !has("person_id") {
                missing.push("person");
            }
            if !["team", "region", "manager", "role", "start"].into_iter().any(has) {
                missing.push("team");
            }
        }
        Open::Nothing if table.key == "deals" => {
            if !has("deal_id") && !has("deal_name") {
                missing.push("deal_id");
            }
            if !has("deal_stage") {
                missing.push("deal_stage");
            }
            if !["deal_amount", "created", "closed", "expected_close"].into_iter().any(has) {
                missing.push("deal_amount");
            }
        }
        Open::Nothing if table.key == "spend" => {
            if !has("date") && !has("period") {
                missing.push("date");
            }
            missing.extend(["item", "spend_amount"].into_iter().filter(|field| !has(field)));
        }
        Open::Nothing => missing.extend(table.columns.iter().filter(|c| c.required && !has(c.key)).map(|c| c.key)),
        Open::Periods => {
            // Two dates beside each other are no budget: an item stands before them, and they are of one shape.
            let shapes = roles.iter().filter_map(|(_, role)| match role {
                Role::PeriodAcross(period) => Some(std::mem::discriminant(period)),
                _ => None,
            });
            let shapes: Vec<_> = shapes.collect();
            let are_alike = shapes.len() >= 2 && shapes.iter().all(|shape| *shape == shapes[0]);
            let periods_across = has("item") && are_alike && !has("budget_amount");
            roles.retain(|(_, role)| periods_across || !matches!(role, Role::PeriodAcross(_)));
            if !has("item") {
                missing.push("item");
            }
            if !periods_across && !has("budget_amount") {
                missing.push("budget_amount");
            }
        }
        Open::Measures => {
            if !has("date") && !has("period") {
                missing.push("date");
            }
            if count(roles, |role| matches!(role, Role::Measure(_))) == 0 {
                missing.push("measure");
            }
        }
        Open::Stages => {
            if !has("period") && !has("date") {
                missing.push("period");
            }
            if count(roles, |role| matches!(role, Role::Stage(_))) < 2 {
                missing.push("stage");
            }
        }
        Open::MetricsOrPeriods => {
            // Ids such as M01 read as months too: periods across are of one shape, and beside them
            // stands a column that says whose or what they are.
            let periods: Vec<Written> = roles
                .iter()
                .filter_map(|(_, role)| match role {
                    Role::PeriodAcross(period) => Some(*period),
                    _ => None,
                })
                .collect();
            let shape = |period: &Written| std::mem::discriminant(period);
            let are_alike = periods.iter().all(|period| shape(period) == shape(&periods[0]));
            let periods_across = are_alike && (periods.len() >= 3 || (periods.len() == 2 && !taken.is_empty()));
            let keep_periods = periods_across && !has("value");
            let keep_metrics = !periods_across && !has("value");
            roles.retain(|(_, role)| match role {
                Role::PeriodAcross(_) => keep_periods,
                Role::Metric(_) => keep_metrics,
                _ => true,
            });
            if !periods_across && !has("period") && !has("year") {
                missing.push("period");
            }
            let has_figures =
                has("value") || periods_across || count(roles, |role| matches!(role, Role::Metric(_))) > 0;
            if !has_figures || !(says_target || has("value") || has("metric")) {
                missing.push("value");
            }
        }
    }
    missing
}

#[expect(clippy::too_many_arguments, reason = "one call, and each is a different thing it looks at")]
fn remark_on_unused(
    guesses: &[Guess],
    used: &[usize],
    columns: &[MappedColumn],
    candidate: &Candidate,
    place: &CellRef,
    header_row: u32,
    knowledge: &Knowledge<'_>,
    problems: &mut Vec<Problem>,
) {
    for (_, guess) in guesses.iter().enumerate().filter(|(index, _)| !used.contains(index)) {
        let at = place.at(header_row, guess.column);
        let field = guess.header.text.clone();
        let is_field = |role: &Role| match role {
            Role::Field(field) => guess.fields.contains(field),
            Role::Measure(metric) | Role::Metric(metric) => {
                guess.metric.as_ref().is_some_and(|(other, _)| other == metric)
            }
            Role::Stage(stage) => guess.stage.as_ref() == Some(stage),
            Role::PeriodAcross(period) => guess.period.as_ref() == Some(period),
        };
        if let Some(first) = columns.iter().find(|column| is_field(&column.role)) {
            let first = format!("{}{}", column_letters(first.column), u64::from(header_row) + 1);
            problems.push(Problem::new(at, Kind::DuplicateColumn { field, first }));
            continue;
        }
        if knowledge.vocabulary.is_total(&field) {
            problems.push(Problem::new(at, Kind::TotalRow { label: field }));
            continue;
        }
        let names = candidate.table.columns.iter().map(|column| column.key).collect::<Vec<_>>();
        let near = knowledge.vocabulary.columns.iter().filter(|(_, keys)| keys.iter().any(|key| names.contains(key)));
        let suggestion =
            if guess.fields.is_empty() { nearest(&guess.header.whole, near.map(|(name, _)| name)) } else { None };
        problems.push(Problem::new(at, Kind::UnusedColumn { field, suggestion }));
    }
}

/// Columns with values below a blank header cell, as far as the held rows show.
fn remark_on_blank_headers(held: &[HeldRow], index: usize, place: &CellRef, problems: &mut Vec<Problem>) {
    let HeldRow { index: header_row, cells: headers, .. } = &held[index];
    let mut blank: BTreeMap<u32, usize> = BTreeMap::new();
    for cell in held[index + 1..].iter().flat_map(|row| &row.cells) {
        if !headers.iter().any(|header| header.column == cell.column) {
            *blank.entry(cell.column).or_default() += 1;
        }
    }
    for (column, n_cells) in blank {
        problems.push(Problem::new(place.at(*header_row, column), Kind::BlankHeader { n_cells }));
    }
}

/// Finds the row that has all headers which a profile names.
fn find_by_profile(
    held: &[HeldRow],
    place: &CellRef,
    tables: &[&ProfileTable],
    profile: &str,
    knowledge: &Knowledge<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Mapping> {
    for (index, HeldRow { index: header_row, cells, .. }) in held.iter().enumerate() {
        let headers: Vec<(u32, String, String)> = cells
            .iter()
            .filter_map(|cell| {
                let text = header_text(&cell.value)?;
                let name = normalise(&text);
                Some((cell.column, text, name))
            })
            .collect();
        for table in tables {
            let Some(spec) = super::table(&table.kind) else { continue };
            let mut columns: Vec<MappedColumn> = Vec::new();
            for (key, source) in &table.columns {
                let wanted = normalise(source.header());
                let Some((column, header, _)) = headers.iter().find(|(_, _, name)| *name == wanted) else { break };
                columns.push(MappedColumn {
                    column: *column,
                    header: header.clone(),
                    role: profile_role(spec, key, knowledge.metrics),
                    // The profile's word counts more than the header's own.
                    power: source.unit().and_then(units::unit_power).or(Header::parse(header).power),
                    lookup: source.lookup(knowledge.lookups),
                });
            }
            if columns.len() < table.columns.len() {
                continue;
            }
            if table.periods_across {
                let power = table.unit.as_deref().and_then(units::unit_power);
                columns.extend(headers.iter().filter_map(|(column, header, _)| {
                    let role = Role::PeriodAcross(read_period(header)?);
                    Some(MappedColumn { column: *column, header: header.clone(), role, power, lookup: None })
                }));
            }
            columns.sort_by_key(|column| column.column);
            for (column, header, _) in &headers {
                if !columns.iter().any(|mapped| mapped.column == *column) {
                    let kind = Kind::UnusedColumn { field: header.clone(), suggestion: None };
                    problems.push(Problem::new(place.at(*header_row, *column), kind));
                }
            }
            let above = held[..index].iter().flat_map(texts).chain([&*place.sheet]);
            let around = Surroundings::of(above, knowledge.vocabulary);
            let year = table.year.or(around.year);
            remark_on_years(&columns, year.or(knowledge.year).is_some(), place, *header_row, problems);
            return Some(Mapping {
                table: spec,
                header_row: *header_row,
                has_figures: has_figures(&columns),
                columns,
                year,
                metric: table.metric.clone(),
                money_power: table.unit.as_deref().and_then(units::unit_power).or(around.money_power).unwrap_or(0),
                decimal_comma: table.decimal.as_deref() == Some(","),
                date_order: table.date_order,
                blanks: table.blanks.iter().map(|blank| blank.to_lowercase()).collect(),
                calendar: knowledge.vocabulary.calendar.clone(),
            });
        }
    }
    let headers = tables.iter().map(|table| {
        let names: Vec<&str> = table.columns.values().map(|source| source.header()).collect();
        names.join(", ")
    });
    let headers = headers.collect::<Vec<_>>().join(" / ");
    problems.push(Problem::new(place.clone(), Kind::ProfileHeaders { profile: profile.to_string(), headers }));
    None
}

fn profile_role(spec: &'static TableSpec, key: &str, metrics: &Metrics) -> Role {
    if let Some(column) = spec.columns.iter().find(|column| column.key == key) {
        return Role::Field(column.key);
    }
    match spec.open {
        Open::Stages => Role::Stage(key.to_string()),
        Open::MetricsOrPeriods => Role::Metric(key.to_string()),
        _ => Role::Measure(
            metrics
                .get(key)
                .filter(|metric| metric.formula == Formula::Sum)
                .map_or(key, |metric| &metric.key)
                .to_string(),
        ),
    }
}

/// Keys that a profile may map for a table: its fields, and what its open columns may be.
pub fn mappable_keys(spec: &TableSpec, metrics: &Metrics, stages: &[String]) -> Vec<String> {
    let fields = spec.columns.iter().map(|column| column.key.to_string());
    let open: Vec<String> = match spec.open {
        Open::Nothing | Open::Periods => Vec::new(),
        Open::Measures => metrics.iter().filter(|m| m.formula == Formula::Sum).map(|m| m.key.clone()).collect(),
        Open::MetricsOrPeriods => metrics.iter().map(|metric| metric.key.clone()).collect(),
        Open::Stages => stages.to_vec(),
    };
    fields.chain(open).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics() -> Metrics {
        let materiality = crate::metric::Materiality {
            absolute: crate::measure::Amount::ZERO,
            relative: crate::measure::Amount::ZERO,
            both: true,
        };
        Metrics::new(&BTreeMap::new(), materiality).unwrap()
    }

    #[test]
    fn a_total_is_a_word_of_its_own() {
        for (text, expected) in [
            ("合计", true),
            ("华东小计", true),
            ("Grand total", true),
            ("North-Total:", true),
            ("Sum", true),
            ("Gypsum", false),
            ("Possum", false),
            ("Total care", false),
            ("华东", false),
        ] {
            let vocabulary = Vocabulary::new(&metrics(), &[], &Calendar::default());
            assert_eq!(vocabulary.is_total(text), expected, "{text}");
        }
    }

    #[test]
    fn a_unit_in_a_title_is_a_word_of_its_own() {
        let vocabulary = Vocabulary::new(&metrics(), &[], &Calendar::default());
        let power = |title: &str| Surroundings::of([title].into_iter(), &vocabulary).money_power;
        assert_eq!(power("Sales 2026, in thousands"), Some(3));
        assert_eq!(power("单位:万元"), Some(4));
        assert_eq!(power("Team Berlin M"), None);
    }
}
