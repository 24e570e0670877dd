//! What was typed: one file a command. Turns arguments, environment and `attain.toml` into a
//! [`Job`], runs it, and says how it went. The only module that prints.

mod check;
mod explain;
mod init;
mod inspect;
mod list;
mod map;
mod run;
mod template;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use clap::parser::ValueSource;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::facts::readers::Split;
use crate::job::settings::{self, Settings};
use crate::job::{self, Job, TablesFormat};
use crate::period::parse::{Context, Written, read_period};
use crate::period::{Kind, Scope};
use crate::problem::{Problem, Severity};
use crate::publish::{FILLED, FILLED_WITH_MACROS, Stop};
use crate::render::theme::Palette;
use crate::report::REPORTS;
use crate::report::scale::ScaleSetting;
use crate::source::legacy;
use crate::tables::profile::Profile;
use crate::text::Lang;

#[derive(Debug, Parser)]
#[command(name = "attain", version, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(RunArguments),
    Check(RunArguments),
    Inspect(inspect::InspectArguments),
    Map(map::MapArguments),
    Explain(explain::ExplainArguments),
    Init(init::InitArguments),
    Template(template::TemplateArguments),
    List(list::ListArguments),
}

/// Options that every analysis command shares.
#[derive(Args, Clone, Debug, Default)]
struct RunArguments {
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    #[arg(long, value_name = "DIR", env = "ATTAIN_OUT")]
    out: Option<PathBuf>,
    #[arg(long, value_name = "DATE", env = "ATTAIN_AS_OF")]
    as_of: Option<String>,
    #[arg(long, value_name = "PERIOD", env = "ATTAIN_PERIOD")]
    period: Option<String>,
    #[arg(long, value_name = "FILE")]
    previous: Option<PathBuf>,
    #[arg(long, env = "ATTAIN_LANG")]
    lang: Option<LangArgument>,
    #[arg(long, value_name = "FILE", env = "ATTAIN_CONFIG")]
    config: Option<PathBuf>,
    #[arg(long, value_name = "NAME|FILE", env = "ATTAIN_PROFILE")]
    profile: Option<String>,
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    report: Vec<String>,
    #[arg(long, value_name = "LEVEL")]
    split_by: Option<SplitArgument>,
    #[arg(long, value_name = "FORMAT")]
    tables: Option<TablesArgument>,
    #[arg(long, value_name = "FILE", env = "ATTAIN_TEMPLATE")]
    template: Option<PathBuf>,
    #[arg(long, value_name = "NAME")]
    palette: Option<String>,
    #[arg(long, value_name = "UNIT")]
    scale: Option<String>,
    #[arg(long, value_name = "N", env = "ATTAIN_JOBS")]
    jobs: Option<usize>,
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    fail_on: FailOn,
    #[arg(long)]
    strict: bool,
    #[arg(long)]
    json: bool,
    #[arg(short, long)]
    quiet: bool,
    #[arg(short, long)]
    verbose: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LangArgument {
    En,
    Zh,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum TablesArgument {
    Csv,
    Parquet,
}

impl From<TablesArgument> for TablesFormat {
    fn from(argument: TablesArgument) -> TablesFormat {
        match argument {
            TablesArgument::Csv => TablesFormat::Csv,
            TablesArgument::Parquet => TablesFormat::Parquet,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SplitArgument {
    Region,
    Manager,
    Person,
}

impl From<SplitArgument> for Split {
    fn from(argument: SplitArgument) -> Split {
        match argument {
            SplitArgument::Region => Split::Region,
            SplitArgument::Manager => Split::Manager,
            SplitArgument::Person => Split::Person,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum FailOn {
    #[default]
    Error,
    Warning,
    Never,
}

impl From<LangArgument> for Lang {
    fn from(argument: LangArgument) -> Lang {
        match argument {
            LangArgument::En => Lang::En,
            LangArgument::Zh => Lang::Zh,
        }
    }
}

/// Usage or configuration is wrong: nothing was done.
const USAGE: u8 = 2;

/// Runs the program. `today` is the only clock.
pub fn main(arguments: Vec<OsString>, today: NaiveDate) -> u8 {
    if arguments.get(1).is_some_and(|argument| *argument == *legacy::CHILD_ARGUMENT) {
        return legacy::serve(std::io::stdin().lock(), std::io::stdout().lock());
    }
    let lang = early_lang(&arguments);
    let matches = match localised(lang).try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => {
            let is_help = !error.use_stderr();
            // A closed pipe must not turn help into a failure.
            let _ = error.print();
            return if is_help { 0 } else { USAGE };
        }
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return USAGE;
        }
    };
    let outcome = match cli.command {
        Command::Run(arguments) => run::main(arguments, today),
        Command::Inspect(arguments) => inspect::main(arguments, today),
        Command::Map(arguments) => map::main(arguments, today),
        Command::Check(arguments) => {
            let check = matches.subcommand_matches("check");
            let source = check.and_then(|check| check.value_source("out"));
            check::main(arguments, source == Some(ValueSource::CommandLine), today)
        }
        Command::Explain(arguments) => explain::main(&arguments, lang),
        Command::Init(arguments) => init::main(&arguments, lang),
        Command::Template(arguments) => template::main(&arguments, lang),
        Command::List(arguments) => list::main(&arguments, lang),
    };
    outcome.unwrap_or_else(|(lang, stop)| report_stop(lang, &stop))
}

/// What a command ends with: an exit code, or why it stopped, in the language it had settled on.
type CommandResult = Result<u8, (Lang, Stop)>;

/// The language before anything is parsed: for help and usage messages.
fn early_lang(arguments: &[OsString]) -> Lang {
    let texts: Vec<String> = arguments.iter().map(|argument| argument.to_string_lossy().to_string()).collect();
    let flag = texts.iter().enumerate().find_map(|(index, text)| match text.strip_prefix("--lang") {
        Some("") => texts.get(index + 1).cloned(),
        Some(rest) => rest.strip_prefix('=').map(str::to_string),
        None => None,
    });
    flag.and_then(|flag| Lang::from_locale(&flag)).or_else(env_lang).unwrap_or_default()
}

fn env_lang() -> Option<Lang> {
    let names = ["ATTAIN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"];
    names.iter().find_map(|name| Lang::from_locale(&std::env::var(name).ok()?))
}

/// The command line with its help in the language.
fn localised(lang: Lang) -> clap::Command {
    let help_of = |scope: &str, name: &str| lang.word(&format!("cli.{scope}.{name}"));
    let mut command = Cli::command()
        .about(lang.word("cli.about"))
        .after_help(lang.word("cli.exit_codes"))
        .subcommand_help_heading(lang.word("cli.heading.commands"))
        .disable_help_flag(true)
        .arg(
            clap::Arg::new("help")
                .short('h')
                .long("help")
                .action(clap::ArgAction::Help)
                .help(lang.word("cli.arg.help")),
        );
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_string()).collect();
    for name in names {
        command = command.mut_subcommand(&name, |sub| {
            let ids: Vec<String> = sub.get_arguments().map(|argument| argument.get_id().to_string()).collect();
            let mut sub = sub.about(help_of("command", &name)).disable_help_flag(true).arg(
                clap::Arg::new("help")
                    .short('h')
                    .long("help")
                    .action(clap::ArgAction::Help)
                    .help(lang.word("cli.arg.help")),
            );
            for id in ids {
                sub = sub.mut_arg(&id, |argument| argument.help(help_of("arg", &id)));
            }
            sub
        });
    }
    command
}

/// Decides everything: flags win over the environment, over `attain.toml`, over defaults.
fn job(arguments: &RunArguments, today: NaiveDate) -> Result<Job, (Lang, Stop)> {
    let early = arguments.lang.map(Lang::from).or_else(env_lang).unwrap_or_default();
    let config = arguments.config.clone().or_else(|| find_config(&arguments.inputs));
    job_by(arguments, config, early, today)
}

/// The same with the settings of one file, and of no other.
fn job_by(
    arguments: &RunArguments,
    config: Option<PathBuf>,
    early: Lang,
    today: NaiveDate,
) -> Result<Job, (Lang, Stop)> {
    let usage = |message: String| (early, Stop::Usage(message));
    // The file names a profile, the profile has settings below the file's: read twice.
    let own = settings::load(config.as_deref(), None).map_err(usage)?;
    let profile = arguments.profile.clone().or(own.profile);
    let folder = config.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    let profile = profile.map(|name| Profile::load(&name, &[folder, Path::new("")])).transpose().map_err(usage)?;
    let settings =
        settings::load(config.as_deref(), profile.as_ref().map(|profile| &profile.settings)).map_err(usage)?;
    let base = config.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).to_path_buf();
    let lang = arguments.lang.map(Lang::from).or(settings.lang).unwrap_or(early);
    let job = decide(arguments, settings, profile, &base, lang, today);
    job.map(|job| Job { config, ..job }).map_err(|message| (lang, Stop::Usage(message)))
}

/// `attain.toml` beside the inputs, or in the current folder.
fn find_config(inputs: &[PathBuf]) -> Option<PathBuf> {
    let folders = inputs.iter().filter(|input| input.is_dir()).map(PathBuf::as_path).chain([Path::new("")]);
    folders.map(|folder| folder.join("attain.toml")).find(|path| path.is_file())
}

fn decide(
    arguments: &RunArguments,
    settings: Settings,
    profile: Option<Profile>,
    base: &Path,
    lang: Lang,
    today: NaiveDate,
) -> Result<Job, String> {
    let as_of = match &arguments.as_of {
        Some(text) => job::parse_day(text).map_err(|_| lang.say("usage.not_a_date", &[("raw", text)]))?,
        None => settings.as_of.map_or(today, |day| day.0),
    };
    let calendar = settings.calendar(base)?;
    let period = match &arguments.period {
        None => None,
        Some(text) => match read_period(text).map(|written| (written, written.resolve(Context::default()))) {
            Some((Written::Whole(_), Some(period)))
                if calendar.exists(period) && !matches!(period.kind, Kind::Week | Kind::Day) =>
            {
                Some(period)
            }
            _ => return Err(lang.say("usage.not_a_period", &[("raw", text)])),
        },
    };
    let metrics = settings.metrics()?;
    if let Some(profile) = &profile {
        profile.check(&metrics, &settings.funnel.stages)?;
    }
    let keys: Vec<&str> = REPORTS.iter().map(|report| report.key).collect();
    if let Some(unknown) = arguments.report.iter().find(|name| !keys.contains(&name.as_str())) {
        return Err(lang.say("usage.unknown_report", &[("name", unknown), ("names", &keys.join(", "))]));
    }
    let stages: std::collections::BTreeSet<&String> = settings.funnel.stages.iter().collect();
    if stages.len() < 2 || stages.len() < settings.funnel.stages.len() {
        return Err(lang.word("usage.stages").to_string());
    }
    // A folder with settings of its own is read as they say.
    let is_own_folder = matches!(&arguments.inputs[..], [folder] if is_same_folder(folder, base));
    let says_inputs = arguments.config.is_none() && is_own_folder && !settings.inputs.is_empty();
    let inputs: Vec<PathBuf> = if arguments.inputs.is_empty() || says_inputs {
        settings.inputs.iter().map(|input| base.join(input)).collect()
    } else {
        arguments.inputs.clone()
    };
    if inputs.is_empty() {
        return Err(lang.word("usage.no_inputs").to_string());
    }
    let out = arguments.out.clone().or_else(|| settings.out.as_ref().map(|out| base.join(out)));
    let out = out.unwrap_or_else(|| PathBuf::from("out"));
    let previous = match &arguments.previous {
        Some(path) if !path.is_file() => {
            return Err(lang.say("usage.no_previous", &[("path", &path.display().to_string())]));
        }
        named => named.clone(),
    };
    let available = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let fail_on = match (arguments.fail_on, arguments.strict) {
        (FailOn::Never, false) => None,
        (FailOn::Error, false) => Some(Severity::Error),
        _ => Some(Severity::Warning),
    };
    let allocation = settings.allocation(&metrics)?;
    let palette = chosen(&arguments.palette, Palette::named, "usage.unknown_palette", lang)?;
    let scale = chosen(&arguments.scale, ScaleSetting::named, "usage.unknown_scale", lang)?;
    let scale = scale.unwrap_or(settings.report.scale);
    let own_template = settings.report.template.as_ref().map(|template| base.join(template));
    let template = arguments.template.clone().or(own_template);
    let mut inputs = job::find_inputs(&inputs, &out)?;
    // The workbook to fill is not one to read, also where it lies among those.
    if let Some(template) = &template {
        let place = template.canonicalize().map_err(|error| format!("{}: {error}", template.display()))?;
        inputs.retain(|input| input.path.canonicalize().ok().as_ref() != Some(&place));
        // Written over, its markers would be gone.
        if [FILLED, FILLED_WITH_MACROS].iter().any(|name| out.join(name).canonicalize().ok().as_ref() == Some(&place)) {
            return Err(lang.say("usage.template_is_output", &[("path", &template.display().to_string())]));
        }
    }
    Ok(Job {
        inputs,
        out,
        previous,
        config: None,
        lang,
        scope: Scope { as_of, period },
        profile,
        metrics,
        stages: settings.funnel.stages.clone(),
        calendar,
        deals: settings.deal_rules()?,
        rules: settings.rules()?,
        aliases: Arc::new(settings.aliases.iter().map(|(alias, name)| (alias.clone(), name.clone())).collect()),
        status: settings.checked_status()?,
        levels: settings.levels()?,
        band: settings.target_band()?,
        allocation,
        missing: settings.variance.missing,
        bridge: settings.variance.bridge,
        company: settings.company.clone(),
        theme: settings.report.theme.theme(palette, base, lang)?,
        sign_off: settings.report.theme.sign_off,
        scale,
        template,
        reports: arguments.report.clone(),
        split: arguments.split_by.map(Split::from),
        tables: arguments.tables.map(TablesFormat::from),
        jobs: arguments.jobs.unwrap_or(available).clamp(1, 256),
        fail_on,
        settings: settings.described(lang),
        limits: settings.limits,
        program: std::env::current_exe().unwrap_or_default(),
    })
}

/// What a name on the command line stands for, if there is one; or that there is no such thing, and what there is.
fn chosen<T>(
    name: &Option<String>,
    named: impl Fn(&str) -> Option<T>,
    unknown: &str,
    lang: Lang,
) -> Result<Option<T>, String> {
    let Some(name) = name else { return Ok(None) };
    named(name).map(Some).ok_or_else(|| lang.say(unknown, &[("name", name)]))
}

/// Does the work with a bar on a terminal, and silence in a pipe.
fn with_progress<T>(arguments: &RunArguments, lang: Lang, work: impl FnOnce(&(dyn Fn(usize, usize) + Sync)) -> T) -> T {
    let is_shown = !arguments.quiet && !arguments.json && std::io::stderr().is_terminal();
    let bar = if is_shown { indicatif::ProgressBar::new(0) } else { indicatif::ProgressBar::hidden() };
    let template = format!("{} {{pos}}/{{len}} {{bar:30}}", lang.word("progress.reading"));
    if let Ok(style) = indicatif::ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    let done = work(&|done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    done
}

fn is_same_folder(a: &Path, b: &Path) -> bool {
    let here = Path::new(".");
    let b = if b.as_os_str().is_empty() { here } else { b };
    a.is_dir() && a.canonicalize().ok().zip(b.canonicalize().ok()).is_some_and(|(a, b)| a == b)
}

impl RunArguments {
    /// From which severity on problems are printed, and how many of a kind.
    fn shown(&self) -> (Severity, usize) {
        if self.verbose { (Severity::Info, usize::MAX) } else { (Severity::Warning, SHOWN_PER_KIND) }
    }

    /// A stop as it is returned; with `--json` the document says it, too.
    fn stopped(&self, lang: Lang, stop: Stop) -> (Lang, Stop) {
        if self.json {
            let (message, exit_code) = stop.said(lang);
            let problems: Vec<String> = match &stop {
                Stop::NoInput(problems) => problems.iter().map(|problem| problem.line(lang)).collect(),
                _ => Vec::new(),
            };
            let document = serde_json::json!({
                "attain": env!("CARGO_PKG_VERSION"),
                "stopped": message,
                "problems": problems,
                "exit_code": exit_code,
            });
            // The stop itself is what counts: a closed pipe changes nothing about it.
            let _ = print_document(&document);
        }
        (lang, stop)
    }
}

/// Files of one code that are shown on the terminal; the rest is in the report.
const SHOWN_PER_KIND: usize = 5;

/// Findings of one file and code that are shown.
const SHOWN_PER_FILE: usize = 3;

/// Prints errors and warnings: by code and file, at most some of each, in input order. `-v` prints all, one by one.
fn print_problems(writer: &mut dyn Write, problems: &[Problem], lang: Lang, (least, most): (Severity, usize)) {
    let mut by_code: BTreeMap<(std::cmp::Reverse<Severity>, &str), Vec<&Problem>> = BTreeMap::new();
    for problem in problems.iter().filter(|problem| problem.severity() >= least) {
        by_code.entry((std::cmp::Reverse(problem.severity()), problem.kind.code())).or_default().push(problem);
    }
    for ((_, code), problems) in by_code {
        if most == usize::MAX {
            problems.iter().for_each(|problem| print_problem(writer, problem, lang));
            continue;
        }
        let mut by_file: BTreeMap<&str, Vec<&Problem>> = BTreeMap::new();
        for problem in &problems {
            by_file.entry(&*problem.at.file).or_default().push(problem);
        }
        let mut n_shown = 0;
        for (file, problems) in by_file.into_iter().take(most) {
            n_shown += problems.len();
            print_group(writer, file, &problems, lang);
        }
        if problems.len() > n_shown {
            let rest = (problems.len() - n_shown).to_string();
            let _ = writeln!(writer, "{}", lang.say("cli.more", &[("rest", &rest), ("code", code)]));
        }
    }
}

fn print_problem(writer: &mut dyn Write, problem: &Problem, lang: Lang) {
    let hint = lang.say("cli.hint", &[("hint", &problem.kind.hint(lang))]);
    let _ = writeln!(writer, "{}\n  {hint}", problem.line(lang));
}

/// The findings of one code in one file: how many, the first of them, and what to do.
fn print_group(writer: &mut dyn Write, file: &str, problems: &[&Problem], lang: Lang) {
    let [first, _, ..] = problems else {
        problems.iter().for_each(|problem| print_problem(writer, problem, lang));
        return;
    };
    let code = first.kind.code();
    let line = lang.say(
        "cli.group",
        &[
            ("file", file),
            ("severity", lang.word(&format!("severity.{}", first.severity().key()))),
            ("code", code),
            ("count", &problems.len().to_string()),
            ("name", lang.word(&format!("problem.{code}.name"))),
        ],
    );
    let _ = writeln!(writer, "{line}");
    for problem in problems.iter().take(SHOWN_PER_FILE) {
        let place = [&*problem.at.sheet, &problem.at.address()]
            .iter()
            .filter(|part| !part.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join("!");
        let separator = if place.is_empty() { "" } else { ": " };
        let _ = writeln!(writer, "  {place}{separator}{}", problem.kind.message(lang));
    }
    if problems.len() > SHOWN_PER_FILE {
        let rest = (problems.len() - SHOWN_PER_FILE).to_string();
        let _ = writeln!(writer, "  {}", lang.say("cli.more_of_file", &[("rest", &rest)]));
    }
    let _ = writeln!(writer, "  {}", lang.say("cli.hint", &[("hint", &first.kind.hint(lang))]));
}

impl Stop {
    /// Why the run ended, and with which exit code.
    fn said(&self, lang: Lang) -> (String, u8) {
        match self {
            Stop::Usage(message) => (lang.say("stop.usage", &[("message", message)]), USAGE),
            Stop::NoInput(_) => (lang.word("stop.no_input").to_string(), 4),
            Stop::Output(message) => (lang.say("stop.output", &[("message", message)]), 5),
            Stop::Locked(path) => (lang.say("stop.locked", &[("path", &path.display().to_string())]), 75),
        }
    }
}

/// Says why a run ended without its outputs. Returns the exit code.
fn report_stop(lang: Lang, stop: &Stop) -> u8 {
    let mut stderr = std::io::stderr().lock();
    if let Stop::NoInput(problems) = stop {
        print_problems(&mut stderr, problems, lang, (Severity::Info, SHOWN_PER_KIND));
    }
    let (message, code) = stop.said(lang);
    let _ = writeln!(stderr, "{message}");
    code
}

/// A problem as machines read it.
fn problem_json(problem: &Problem, lang: Lang) -> serde_json::Value {
    serde_json::json!({
        "severity": problem.severity().key(),
        "code": problem.kind.code(),
        "file": problem.at.file.to_string(),
        "sheet": problem.at.sheet.to_string(),
        "cell": problem.at.address(),
        "field": problem.kind.field(),
        "raw": problem.kind.raw(),
        "used": problem.kind.used(),
        "message": problem.kind.message(lang),
        "hint": problem.kind.hint(lang),
        "amount": problem.amount.map(|amount| amount.plain()),
    })
}

/// Prints the one document of `--json` on standard output.
fn print_document(document: &serde_json::Value) -> Result<(), Stop> {
    let text = serde_json::to_string_pretty(document).map_err(|error| Stop::Output(error.to_string()))?;
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Stop::Output(error.to_string())),
        _ => Ok(()),
    }
}
