//! The codes of problems, and what becomes of the data that they are about.

/// Every code, in order: for `attain list` and for tests.
pub const CODES: &[&str] = &[
    "E101", "E102", "E103", "W103", "E104", "E105", "E106", "E107", "E108", "E109", "I110", "W111", "W112", "E120",
    "E121", "E122", "E123", "E124", "E125", "E126", "E127", "I128", "I130", "E140", "E141", "W141", "E142", "E143",
    "E144", "I145", "I150", "I151", "W152", "I153", "E201", "E202", "W203", "I204", "E205", "E206", "I207", "E208",
    "W208", "W211", "E302", "E303", "E304", "W305", "I306", "W307", "I308", "E309", "W309", "W310", "I311", "I312",
    "W313", "E314", "I315", "E316", "I317", "I318", "I319", "I320", "E321", "I322", "E323", "W324", "W325", "E326",
    "E327", "I328", "I329", "I330", "W331", "W401", "E402", "E403", "E404", "E405", "E406", "E407", "W407", "W408",
    "E409", "E410", "W411", "E412", "W413", "E414", "E415", "W415", "E416", "I416", "E417", "E418", "E419", "E421",
    "E422", "E423", "E501", "E502", "W502", "W503", "W504", "E505", "W506", "W507", "E508", "I509", "W510", "E512",
    "I513", "W514", "W515", "E516", "E517", "W518", "W519", "E520", "W530", "W531", "W532", "E533", "W534", "W535",
    "E536", "W540", "E541", "W541", "E542", "W542", "E543", "W543", "E544", "W544", "E545", "W545", "W546", "I547",
    "I548", "W548", "I549", "W549", "W550", "W551", "E552", "W553", "W554", "W555", "I556", "W557", "W558", "W559",
    "W560", "W561", "I562", "W563", "I564", "W565", "W566", "W580", "E581", "E582", "E583", "E584", "W585", "W586",
    "E587", "W587", "E588", "W588", "E601", "E602", "E603", "E604", "E605", "E606", "I607", "W608",
];

/// What became of the data that a problem is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Effect {
    /// Nothing of the file was used.
    FileRejected,
    /// Nothing of the sheet was used.
    SheetRejected,
    /// The file, row, column or sheet was left out, and everything else used.
    LeftOut,
    /// The value was not used; what it is part of is marked as incomplete.
    ValueHeld,
    /// The amounts count in every total, and belong to nobody.
    Unassigned,
    /// Everything was counted as it stands.
    Counted,
    /// The value was understood another way than it is written, and used so.
    Repaired,
    /// Said for information.
    Nothing,
}

impl Effect {
    /// The key of its words.
    pub fn key(self) -> &'static str {
        match self {
            Effect::FileRejected => "file_rejected",
            Effect::SheetRejected => "sheet_rejected",
            Effect::LeftOut => "left_out",
            Effect::ValueHeld => "value_held",
            Effect::Unassigned => "unassigned",
            Effect::Counted => "counted",
            Effect::Repaired => "repaired",
            Effect::Nothing => "nothing",
        }
    }
}

/// What becomes of data with a problem of this code.
pub fn effect(code: &str) -> Effect {
    match code {
        "E101" | "E102" | "E103" | "E104" | "E105" | "E106" | "E107" | "E108" | "E109" | "E120" | "E121" | "E122"
        | "E123" | "E124" | "E125" | "E127" | "E140" | "E142" | "E143" | "E144" | "E201" | "E206" => {
            Effect::FileRejected
        }
        "E126" | "E205" | "E302" | "E303" | "E314" | "E321" | "E327" => Effect::SheetRejected,
        "W103" | "E141" | "I150" | "I153" | "W211" | "E304" | "W305" | "I308" | "I311" | "W502" | "I509" | "I513"
        | "E520" | "E202" | "W310" | "I312" | "W313" | "I315" | "I318" | "I320" | "W324" | "W325" | "I328" | "I330"
        | "W541" | "E541" | "W563" | "I549" | "E601" | "E602" | "E603" | "E604" | "E605" | "E606" => Effect::LeftOut,
        "E208" | "E402" | "E403" | "E404" | "E405" | "E406" | "E407" | "E409" | "E410" | "E415" | "E416" | "E417"
        | "E418" | "E419" | "E422" | "E502" | "E512" | "W535" | "E323" | "E412" | "E414" | "E542" | "E543" | "E544"
        | "E545" | "E581" | "E582" | "E583" | "E584" => Effect::ValueHeld,
        "E421" | "W503" | "W504" | "W507" | "E516" | "E533" | "E536" => Effect::Unassigned,
        "I306" | "I317" | "I322" | "I329" | "W407" | "W411" | "W413" | "W415" | "I130" | "W141" | "I145" | "W208"
        | "W401" | "W408" | "W518" | "W519" | "W580" => Effect::Repaired,
        code if code.starts_with('I') => Effect::Nothing,
        _ => Effect::Counted,
    }
}
