//! attain (达标): workbooks of sales targets, teams and actuals in; attainment, funnel and
//! variance out, as a report workbook in which deviations are hard to miss.
//!
//! ```text
//!  files ─▶ source ─▶ tables ─▶ facts ─▶ analysis ─▶ report ─▶ render ─▶ publish ─▶ files
//!           cells     rows      joined   figures     pages     xlsx,csv  atomically
//!               ╲        ╲         ╲
//!                problems, each at workbook!sheet!cell, in input order
//! ```
//!
//! A module may use what stands to its left, and the ground below all: [`text`], [`cell`],
//! [`problem`], [`measure`], [`metric`], [`period`].
//!
//! | word | 中文 | meaning |
//! |---|---|---|
//! | measure | 度量 | a number that may be added up: sales amount, units, leads |
//! | metric | 指标 | what a target is set on: a sum of a measure, or a ratio of two |
//! | target, plan (PL) | 目标 | the planned value for a unit and period |
//! | actual (AC) | 实际 | what was done |
//! | attainment | 完成率 | actual ÷ target |
//! | variance (Δ) | 差额 | actual − target, always in this direction |
//! | impact | 影响 | whether a variance is favourable, by the metric's polarity |
//! | pace | 时间进度 | share of the target that was due by the as-of day |
//! | cadence | 频率 | how often, and on which days, something is looked at |
//! | milestone | 任务 | something to be done by a day of the plan |
//! | seat | 岗位 | a person in a team and region: where credit goes |
//! | stint | 任期 | a stretch of days in which a person's seats do not change |
//! | problem | 问题 | something wrong with the data, at a cell |
//! | tally | 合计 | a sum that knows what it left out |

#![forbid(unsafe_code)]

pub mod analysis;
pub mod cell;
pub mod cli;
pub mod facts;
pub mod job;
pub mod measure;
pub mod metric;
pub mod period;
pub mod problem;
pub mod publish;
pub mod render;
pub mod report;
pub mod run;
pub mod source;
pub mod tables;
pub mod text;
