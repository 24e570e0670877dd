//! How the columns of a sheet feed a table: what was found in its header, its title and the profile.

use std::collections::HashMap;
use std::sync::Arc;

use crate::metric::Scenario;
use crate::period::parse::{Context, Written};
use crate::period::{Calendar, Period};

use super::TableSpec;
use super::habits::Habits;

/// What a mapped column is.
#[derive(Clone, Debug, PartialEq)]
pub enum Role {
    /// A column that the table names.
    Field(&'static str),
    /// A figure. Whatever metric and period its header leaves open, the row or the table says.
    Figure { metric: Option<String>, period: Option<Written> },
    /// A figure of another scenario beside the table's own: in a budget, and a budget beside targets.
    Beside { scenario: Scenario, metric: Option<String>, period: Option<Written> },
    /// Funnel: the stage with this key.
    Stage(String),
    /// Deals: the day on which the stage with this key was entered.
    StageDate(String),
    /// The sum of the row's figures, as the sheet itself states it: compared, never added.
    Total,
    /// The currency of the row's money: rows of several cannot be added.
    Currency,
    /// A column that only filters and formulas of a profile look at.
    Operand,
}

impl Role {
    /// Whether the column holds what is counted or added up: a row without any such figure is a note.
    pub fn is_figure(&self) -> bool {
        match self {
            Role::Figure { .. } | Role::Beside { .. } | Role::Stage(_) => true,
            Role::Field("value" | "budget_amount" | "spend_amount") => true,
            Role::Field(field) => super::budget::AMOUNTS.contains(field),
            _ => false,
        }
    }

    /// Whether the column's numbers have a sum that says something.
    pub fn is_amount(&self) -> bool {
        self.is_figure() || matches!(self, Role::Field("deal_amount"))
    }
}

/// A translation of values: the lookup's name and its table.
pub type NamedLookup = (String, Arc<HashMap<String, String>>);

/// A factor of a figure that a profile calculates: a column's number, or one minus it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Factor {
    pub column: u32,
    pub is_complement: bool,
}

#[derive(Clone, Debug)]
pub struct MappedColumn {
    pub column: u32,
    /// The header as the file has it; the parts of one in several rows with `/` between them.
    pub header: String,
    pub role: Role,
    /// Power of ten of the unit in the header, if it has one.
    pub power: Option<i16>,
    /// Translates keys; what it does not know is remarked on.
    pub lookup: Option<NamedLookup>,
    /// Translates some values; others stay as they are.
    pub values: Option<Arc<HashMap<String, String>>>,
    /// The figure is the product of these columns.
    pub factors: Vec<Factor>,
    /// Ids of fewer digits get zeros in front.
    pub width: Option<usize>,
    pub habits: Habits,
}

impl MappedColumn {
    pub fn new(column: u32, header: impl Into<String>, role: Role) -> Self {
        MappedColumn {
            column,
            header: header.into(),
            role,
            power: None,
            lookup: None,
            values: None,
            factors: Vec::new(),
            width: None,
            habits: Habits::default(),
        }
    }
}

/// Which rows a profile keeps, by the text of one column.
#[derive(Clone, Debug)]
pub struct RowFilter {
    pub column: u32,
    /// Only rows with one of these texts, if any are given.
    pub keep: Vec<String>,
    /// No rows with one of these texts.
    pub drop: Vec<String>,
}

/// What becomes of hidden rows, columns and sheets. They are always counted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HiddenPolicy {
    #[default]
    Include,
    Exclude,
    Fail,
}

/// What two targets for the same unit, metric and period mean.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Repeats {
    /// A mistake: the same value counts once, different ones not at all.
    #[default]
    Refuse,
    /// Parts of one target.
    Add,
}

/// How a sheet's columns feed a table.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub table: &'static TableSpec,
    /// Zero-based first row of the header; it may have several.
    pub first_header_row: u32,
    /// Zero-based last row of the header.
    pub header_row: u32,
    /// First and last column of the header.
    pub band: (u32, u32),
    /// Columns with a header in the band.
    pub n_headers: usize,
    /// Columns ascending.
    pub columns: Vec<MappedColumn>,
    /// Year and month of periods that do not say them: from the profile, the title, the sheet's or file's name.
    pub context: Context,
    /// The period of all rows, where no column says it.
    pub period: Option<Period>,
    /// The one metric of figures that name none.
    pub metric: Option<String>,
    /// Power of ten of the money unit in the title (单位:万元).
    pub money_power: i16,
    /// The rows of a scenario column that belong to this table.
    pub scenario: Option<Scenario>,
    /// Fields that are the same in every row: from the profile.
    pub constants: Vec<(&'static str, String)>,
    pub filters: Vec<RowFilter>,
    /// Fields that stay as they are until a row says otherwise.
    pub fill_down: Vec<&'static str>,
    pub blanks: Vec<String>,
    pub hidden: HiddenPolicy,
    pub repeats: Repeats,
    /// Other names of people and units.
    pub aliases: Arc<HashMap<String, String>>,
    pub calendar: Calendar,
    /// Whether some column holds figures: then a row without any is a note.
    pub has_figures: bool,
    /// Name of the profile that said all this, if one did.
    pub profile: Option<String>,
}

impl Mapping {
    /// The position of a field's column among the mapped ones.
    pub fn slot(&self, field: &str) -> Option<usize> {
        self.columns.iter().position(|column| matches!(&column.role, Role::Field(key) if *key == field))
    }

    /// What the profile says a field is in every row.
    pub fn constant(&self, field: &str) -> Option<&str> {
        self.constants.iter().find(|(key, _)| *key == field).map(|(_, value)| value.as_str())
    }

    /// Whether anything says which periods the figures of a table are for.
    pub fn says_period(&self) -> bool {
        let needs = matches!(self.table.key, "actuals" | "targets" | "funnel");
        let has = ["period", "date", "year"]
            .into_iter()
            .any(|field| self.slot(field).is_some() || self.constant(field).is_some());
        !needs
            || has
            || self.has_periods_across()
            || self.period.is_some()
            || (self.profile.is_some() && self.context.year.is_some())
    }

    /// Whether figures stand under periods.
    pub fn has_periods_across(&self) -> bool {
        self.columns.iter().any(|column| matches!(column.role, Role::Figure { period: Some(_), .. }))
    }
}
