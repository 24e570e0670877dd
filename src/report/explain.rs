//! From a cell of a page down: what it is, its formula with the numbers put in, the groups it is made of, and the
//! source cells that add up to it.

mod done;
mod figure;
mod planned;
mod sold;
mod table;
mod week;

use crate::analysis::bridge::Bridge;
use crate::facts::sources::SourceCell;
use crate::facts::{Sources, Unit};
use crate::measure::Amount;
use crate::period::Period;

use self::table::table_row;
use super::scale::Scale;
use super::subject::{Meaning, Standing, Subject};
use super::{Findings, Item, Look, Page, sheet_name};

/// What stands in a cell, and where it comes from.
#[derive(Debug)]
pub struct Explanation {
    /// Key of the page.
    pub page: &'static str,
    /// The texts of the line, and the header above the cell.
    pub labels: Vec<String>,
    pub column: String,
    /// What kind of thing stands there.
    pub kind: Kinds,
    /// What the cell says, where it is no number.
    pub text: String,
    pub value: Option<Amount>,
    pub look: Option<Look>,
    /// How it is made, and the same with the numbers put in.
    pub formula: Option<String>,
    pub numbers: Option<String>,
    /// Whether the formula, calculated once more from its terms, gives the figure.
    pub is_confirmed: Option<bool>,
    pub notes: Vec<String>,
    pub terms: Vec<Term>,
    /// The row of a tidy table that has the figure.
    pub table: Option<TableRow>,
    /// Address of the nearest figure, where the cell has none.
    pub nearest: Option<(u32, u32)>,
}

/// What kind of thing stands in a cell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kinds {
    Figure,
    Text,
    Header,
    Nothing,
}

impl Kinds {
    pub const ALL: [Kinds; 4] = [Kinds::Figure, Kinds::Text, Kinds::Header, Kinds::Nothing];

    pub fn key(self) -> &'static str {
        match self {
            Kinds::Figure => "figure",
            Kinds::Text => "text",
            Kinds::Header => "header",
            Kinds::Nothing => "nothing",
        }
    }
}

/// One of the numbers of a formula, with what it is made of.
#[derive(Debug)]
pub struct Term {
    pub name: String,
    pub value: Option<Amount>,
    /// The same sum, by members or over time.
    pub groups: Vec<Group>,
    /// Source cells; nothing for a term that comes from no cells of its own.
    pub cells: Option<Vec<SourceCell>>,
    /// Whether the cells are added up: rates are not.
    pub is_sum: bool,
    pub notes: Vec<String>,
}

impl Term {
    /// The sum of the cells' parts.
    pub fn sum(&self) -> Amount {
        self.cells.iter().flatten().filter_map(|cell| cell.amount).sum()
    }

    /// What the cells leave of the value: zero, or something is wrong.
    pub fn gap(&self) -> Option<Amount> {
        self.cells.as_ref().filter(|_| self.is_sum)?;
        Some(small_is_nothing(self.value.unwrap_or(Amount::ZERO) - self.sum()))
    }

    /// Whether cells and groups add up to the value.
    pub fn adds_up(&self) -> bool {
        self.gap().is_none_or(Amount::is_zero) && self.groups.iter().all(|group| self.gap_of(group).is_zero())
    }

    /// What a group leaves of the value.
    pub fn gap_of(&self, group: &Group) -> Amount {
        small_is_nothing(self.value.unwrap_or(Amount::ZERO) - group.sum())
    }
}

/// Parts of days are quotients: what is lost beyond the ledger's decimals is nothing.
fn small_is_nothing(gap: Amount) -> Amount {
    if gap.rounded(9).is_zero() { Amount::ZERO } else { gap }
}

/// A sum by something.
#[derive(Debug)]
pub struct Group {
    pub by: String,
    pub lines: Vec<(String, Amount)>,
}

impl Group {
    pub fn sum(&self) -> Amount {
        self.lines.iter().map(|(_, value)| *value).sum()
    }
}

/// Where a figure stands among the tidy tables.
#[derive(Debug)]
pub struct TableRow {
    /// Path below the report's folder.
    pub path: String,
    /// As people count, the header being the first.
    pub row: usize,
    pub column: &'static str,
}

/// The page that a sheet's name means: as it is written in either language, by its key or its number.
pub fn page_named<'a>(pages: &'a [Page], name: &str) -> Option<&'a Page> {
    let wanted = name.trim();
    let is_it = |page: &&Page| {
        let names = crate::text::Lang::ALL.map(|lang| sheet_name(page.number, page.key, lang));
        let number = format!("{:02}", page.number);
        names.iter().any(|name| name.eq_ignore_ascii_case(wanted)) || page.key == wanted || number == wanted
    };
    pages.iter().find(is_it)
}

/// Explains the cell of a page at a row and column, zero-based.
pub fn explain(findings: &Findings<'_>, sources: &Sources, page: &Page, (row, column): (u32, u32)) -> Explanation {
    let mut explanation = Explanation {
        page: page.key,
        labels: Vec::new(),
        column: String::new(),
        kind: Kinds::Nothing,
        text: String::new(),
        value: None,
        look: None,
        formula: None,
        numbers: None,
        is_confirmed: None,
        notes: Vec::new(),
        terms: Vec::new(),
        table: None,
        nearest: page.nearest_figure(row, column),
    };
    let (kind, text) = match page.standing(row, column) {
        Standing::Message => (Kinds::Text, page.message.as_str()),
        Standing::Title(text) => (Kinds::Text, text),
        Standing::Heading(text) => (Kinds::Header, text),
        Standing::Header(text) => (Kinds::Header, text),
        Standing::Nothing => (Kinds::Nothing, ""),
        Standing::Cell(block, line, column) => {
            let block = &page.blocks[block];
            let items = &block.lines[line].items;
            explanation.column = block.columns[column].header.clone();
            let texts = items.iter().take(column).filter_map(|item| match item {
                Item::Text(text) | Item::Link { text, .. } => Some(text.trim().to_string()),
                _ => None,
            });
            explanation.labels = texts.collect();
            let figure = match &items[column] {
                Item::Number(figure) => figure,
                item => {
                    explanation.text = text_of(item);
                    explanation.kind =
                        if matches!(item, Item::Blank | Item::Sparkline(_)) { Kinds::Nothing } else { Kinds::Text };
                    return explanation;
                }
            };
            explanation.kind = Kinds::Figure;
            explanation.value = Some(figure.value);
            explanation.look = Some(figure.look);
            explanation.nearest = None;
            let scale = findings.scale_of(page.key, figure.look);
            let value = scale.full(figure.value);
            if let Some((subject, meaning)) = block.shown(line, column) {
                Explainer { findings, sources, value, explanation: &mut explanation }.explain(&subject, meaning);
            } else {
                explanation.table = table_row(findings, page.key, value, figure.look, &explanation.labels);
            }
            if scale != Scale::One {
                let unit = findings.word(&format!("unit.money.{}", scale.key()));
                let arguments = [("unit", unit), ("value", &full(value))];
                explanation.notes.insert(0, findings.lang.say("explain.scaled", &arguments));
            }
            return explanation;
        }
    };
    explanation.kind = kind;
    explanation.text = text.to_string();
    explanation
}

fn text_of(item: &Item) -> String {
    match item {
        Item::Text(text) | Item::Link { text, .. } => text.clone(),
        Item::Day(day) => day.to_string(),
        Item::Source(at) => at.to_string(),
        Item::Status { status, word } => format!("{} {word}", status.symbol()),
        Item::Blank | Item::Number(_) | Item::Sparkline(_) => String::new(),
    }
}

/// Decimals beyond which a quotient is shown no further.
const MOST_DECIMALS: u8 = 9;

/// The number with all its decimals; a quotient has no end, and is shown with nine.
pub fn full(value: Amount) -> String {
    let value = value.rounded(MOST_DECIMALS);
    let plain = value.plain();
    let decimals = plain.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    value.grouped(u8::try_from(decimals).unwrap_or(MOST_DECIMALS))
}

fn shown(value: Option<Amount>) -> String {
    value.map_or_else(|| "–".to_string(), full)
}

struct Explainer<'a> {
    findings: &'a Findings<'a>,
    sources: &'a Sources,
    value: Amount,
    explanation: &'a mut Explanation,
}

impl Explainer<'_> {
    fn explain(mut self, subject: &Subject, meaning: Meaning) {
        self.explanation.formula = Some(self.word(&format!("explain.formula.{}", meaning.key())).to_string());
        match subject {
            Subject::Figure { metric, units, period } => self.figure(*metric, units, *period, meaning),
            Subject::Week { metric, first_day } => self.week(*metric, *first_day, meaning),
            // What these are about is said in words.
            Subject::Series { .. } | Subject::Deviation(_) => {}
            Subject::Sold { base, units, period, items, by } => {
                let named = |bridge: &&Bridge| {
                    bridge.base == *base
                        && bridge.period == *period
                        && units.contains(&bridge.unit)
                        && items.binary_search(&bridge.item).is_ok()
                };
                let findings = self.findings;
                let bridges: Vec<&Bridge> = findings.bridges.iter().filter(named).collect();
                self.sold(*base, *period, &bridges, *by, meaning);
            }
        }
    }

    fn word(&self, key: &str) -> &'static str {
        self.findings.lang.word(key)
    }

    fn say(&self, key: &str, arguments: &[(&str, &str)]) -> String {
        self.findings.lang.say(key, arguments)
    }

    fn note(&mut self, note: String) {
        self.explanation.notes.push(note);
    }

    /// The formula with its numbers, and whether it gives the figure.
    fn numbers(&mut self, left: String, result: Option<Amount>) {
        let gap = result.map(|result| small_is_nothing(result - self.value));
        let result = result.map_or(self.value, |result| if gap == Some(Amount::ZERO) { self.value } else { result });
        self.explanation.numbers = Some(format!("{left} = {}", full(result)));
        self.explanation.is_confirmed = gap.map(Amount::is_zero);
    }

    /// A metric, the units and a period in one phrase.
    fn name(&self, code: &str, metric: usize, units: &[Unit], when: &str) -> String {
        let who = match units {
            [unit] => self.findings.unit_name(*unit),
            several => self.say("explain.units", &[("count", &several.len().to_string())]),
        };
        let metric = self.findings.metric_name(metric);
        self.say("explain.term", &[("code", code), ("metric", &metric), ("unit", &who), ("when", when)])
    }

    /// Months in a phrase: what they are, or from which to which.
    fn when(&self, months: &[(Period, bool)]) -> String {
        let Some(((first, _), (last, is_whole))) = months.first().zip(months.last()) else { return String::new() };
        let span = self.findings.facts.calendar.span(*last);
        let as_of = self.findings.facts.scope.as_of;
        let cut = if *is_whole { None } else { self.findings.facts.calendar.as_of_in(*last, as_of) };
        let ends = cut.unwrap_or(span.last);
        let begins = self.findings.facts.calendar.span(*first).first;
        self.say("explain.from_to", &[("first", &begins.to_string()), ("last", &ends.to_string())])
    }
}

/// Lines that have a value, if there are several.
fn group(by: &str, lines: impl Iterator<Item = (String, Option<Amount>)>) -> Option<Group> {
    let lines: Vec<(String, Amount)> = lines.filter_map(|(name, value)| Some((name, value?))).collect();
    (lines.len() > 1).then(|| Group { by: by.to_string(), lines })
}
