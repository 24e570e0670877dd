//! Where a column of ours comes from: a header, or a header with how its values are to be read.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use crate::tables::grammar::DateOrder;
use crate::tables::mapping::NamedLookup;

use super::Lookups;

#[derive(Clone, Debug)]
pub enum ColumnSource {
    Header(String),
    Detailed(Box<DetailedSource>),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DetailedSource {
    pub header: String,
    pub unit: Option<String>,
    /// Name of a lookup that translates the values.
    pub lookup: Option<String>,
    /// Translates some values: theirs → ours.
    pub values: BTreeMap<String, String>,
    pub date_order: Option<DateOrder>,
    /// `","` when the comma separates decimals.
    pub decimal: Option<String>,
    /// Digits of an id: shorter numbers get zeros in front.
    pub width: Option<usize>,
    /// Headers whose numbers are multiplied; `1 - Discount` stands for one minus that column.
    pub product: Vec<String>,
}

/// A factor of a product: the header, and whether it is taken from one.
pub fn factor(text: &str) -> (String, bool) {
    let rest = text.trim().strip_prefix('1').map(str::trim_start).and_then(|rest| rest.strip_prefix(['-', '−']));
    rest.map_or((text.trim().to_string(), false), |header| (header.trim().to_string(), true))
}

impl ColumnSource {
    /// The header it is found by; the first factor's where it is a product.
    pub fn headers(&self) -> Vec<String> {
        match self {
            ColumnSource::Header(header) => vec![header.clone()],
            ColumnSource::Detailed(source) if source.product.is_empty() => vec![source.header.clone()],
            ColumnSource::Detailed(source) => source.product.iter().map(|text| factor(text).0).collect(),
        }
    }

    fn details(&self) -> Option<&DetailedSource> {
        match self {
            ColumnSource::Header(_) => None,
            ColumnSource::Detailed(source) => Some(source),
        }
    }

    pub fn unit(&self) -> Option<&str> {
        self.details()?.unit.as_deref()
    }

    pub fn lookup_name(&self) -> Option<&String> {
        self.details()?.lookup.as_ref()
    }

    pub fn lookup(&self, lookups: &Lookups) -> Option<NamedLookup> {
        let name = self.lookup_name()?;
        Some((name.clone(), lookups.get(name).cloned().unwrap_or_default()))
    }

    /// Translations of single values.
    pub fn values(&self) -> Option<Arc<HashMap<String, String>>> {
        let values = &self.details()?.values;
        (!values.is_empty()).then(|| Arc::new(values.iter().map(|(key, value)| (key.clone(), value.clone())).collect()))
    }

    pub fn date_order(&self) -> Option<DateOrder> {
        self.details()?.date_order
    }

    pub fn decimal(&self) -> Option<&str> {
        self.details()?.decimal.as_deref()
    }

    pub fn width(&self) -> Option<usize> {
        self.details()?.width
    }

    pub fn is_product(&self) -> bool {
        self.details().is_some_and(|source| !source.product.is_empty())
    }

    /// The factors of a product, as their headers and whether each is taken from one.
    pub fn factors(&self) -> Vec<(String, bool)> {
        self.details().map_or_else(Vec::new, |source| source.product.iter().map(|text| factor(text)).collect())
    }

    /// # Errors
    /// What is lacking or contradicts itself.
    pub fn check(&self) -> Result<(), String> {
        let Some(source) = self.details() else { return Ok(()) };
        match (source.header.is_empty(), source.product.is_empty()) {
            (true, true) => Err("`header` is missing".to_string()),
            (false, false) => Err("either `header` or `product`, not both".to_string()),
            _ if source.width.is_some_and(|width| width > 30) => Err("width is at most 30".to_string()),
            _ => Ok(()),
        }
    }
}

/// A header, or a table with one: by hand, so that a mistake inside the table is named.
impl<'de> Deserialize<'de> for ColumnSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = ColumnSource;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a header, or { header = \"…\", unit = \"…\" }")
            }

            fn visit_str<E: de::Error>(self, header: &str) -> Result<ColumnSource, E> {
                Ok(ColumnSource::Header(header.to_string()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ColumnSource, A::Error> {
                let source = DetailedSource::deserialize(MapAccessDeserializer::new(map))?;
                Ok(ColumnSource::Detailed(Box::new(source)))
            }
        }

        deserializer.deserialize_any(Either)
    }
}
