//! Whether a workbook is one by the standard: parts, their relationships and types (ECMA-376 part 2), and in each part
//! the elements, their order and how often they may stand (ECMA-376 part 1, transitional; [MS-XLSX] for `x14`).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{Cursor, Read};
use std::sync::LazyLock;

use attain::cell::{Area, parse_address};
use regex::Regex;

use super::xml::{Element, walk};

/// What may stand in each element, as the standard's complex types have it.
///
/// A line is `names = content`, in the notation of document types: `,` in this order, `|` one of them, `?` `*` `+` `{n}`
/// how often, `&` in any order but each once at most. Names without a prefix have that of their heading. An element
/// whose content depends on where it stands is named with what it stands in: `title/tx`. `empty` holds nothing and
/// `text` only text.
const CONTENT: &str = "
[x] worksheets
worksheet = sheetPr?, dimension?, sheetViews?, sheetFormatPr?, cols*, sheetData, sheetCalcPr?, sheetProtection?, \
  protectedRanges?, scenarios?, autoFilter?, sortState?, dataConsolidate?, customSheetViews?, mergeCells?, \
  phoneticPr?, conditionalFormatting*, dataValidations?, hyperlinks?, printOptions?, pageMargins?, pageSetup?, \
  headerFooter?, rowBreaks?, colBreaks?, customProperties?, cellWatches?, ignoredErrors?, smartTags?, drawing?, \
  legacyDrawing?, legacyDrawingHF?, picture?, oleObjects?, controls?, webPublishItems?, tableParts?, extLst?
sheetPr = tabColor?, outlinePr?, pageSetUpPr?
sheetViews = sheetView+, extLst?
sheetView = pane?, selection{0,4}, pivotSelection{0,4}, extLst?
cols = col+
sheetData = row*
row = c*, extLst?
c = f?, v?, is?, extLst?
is si = t?, r*, rPh*, phoneticPr?
r = rPr?, t
autoFilter = filterColumn*, sortState?, extLst?
mergeCells = mergeCell+
conditionalFormatting = cfRule+, extLst?
cfRule = formula{0,3}, colorScale?, dataBar?, iconSet?, extLst?
dataBar = cfvo{2}, color
colorScale = cfvo{2,3}, color{2,3}
iconSet = cfvo{2,5}
cfvo = extLst?
dataValidations = dataValidation+
dataValidation = formula1?, formula2?
hyperlinks = hyperlink+
headerFooter = oddHeader?, oddFooter?, evenHeader?, evenFooter?, firstHeader?, firstFooter?
rowBreaks colBreaks = brk*
ignoredErrors = ignoredError+, extLst?
tableParts = tablePart*
worksheet/extLst = ext*
worksheet/extLst/ext = x14:conditionalFormattings | x14:dataValidations | x14:sparklineGroups
cfRule/extLst = ext*
cfRule/extLst/ext = x14:id
sst = si*, extLst?
empty: sheetFormatPr dimension tabColor outlinePr pageSetUpPr pane selection col mergeCell hyperlink printOptions
empty: pageMargins pageSetup drawing legacyDrawing brk sheetProtection ignoredError tablePart color
text: f v t formula formula1 formula2 oddHeader oddFooter evenHeader evenFooter firstHeader firstFooter

[x] the workbook
workbook = fileVersion?, fileSharing?, workbookPr?, workbookProtection?, bookViews?, sheets, functionGroups?, \
  externalReferences?, definedNames?, calcPr?, oleSize?, customWorkbookViews?, pivotCaches?, smartTagPr?, \
  smartTagTypes?, webPublishing?, fileRecoveryPr*, webPublishObjects?, extLst?
bookViews = workbookView+
workbookView = extLst?
sheets = sheet+
definedNames = definedName*
empty: fileVersion workbookPr workbookProtection sheet calcPr
text: definedName

[x] styles
styleSheet = numFmts?, fonts?, fills?, borders?, cellStyleXfs?, cellXfs?, cellStyles?, dxfs?, tableStyles?, \
  colors?, extLst?
numFmts = numFmt*
fonts = font*
font = b?, i?, strike?, condense?, extend?, outline?, shadow?, u?, vertAlign?, sz?, color?, name?, family?, \
  charset?, scheme?
rPr = b?, i?, strike?, condense?, extend?, outline?, shadow?, u?, vertAlign?, sz?, color?, rFont?, family?, \
  charset?, scheme?
fills = fill*
fill = patternFill | gradientFill
patternFill = fgColor?, bgColor?
borders = border*
border = left?, right?, top?, bottom?, diagonal?, vertical?, horizontal?
left right top bottom diagonal vertical horizontal = color?
cellStyleXfs cellXfs = xf+
xf = alignment?, protection?, extLst?
cellStyles = cellStyle+
cellStyle = extLst?
dxfs = dxf*
dxf = font?, numFmt?, fill?, alignment?, border?, protection?, extLst?
tableStyles = tableStyle*
empty: numFmt b i strike u vertAlign sz name rFont family charset scheme fgColor bgColor alignment protection

[x] tables
table = autoFilter?, sortState?, tableColumns, tableStyleInfo?, extLst?
tableColumns = tableColumn+
tableColumn = calculatedColumnFormula?, totalsRowFormula?, xmlColumnPr?, extLst?
empty: tableStyleInfo
text: calculatedColumnFormula totalsRowFormula

[x14] extensions of worksheets
conditionalFormattings = conditionalFormatting+
conditionalFormatting = cfRule*, xm:sqref?, extLst?
cfRule = xm:f{0,3}, colorScale?, dataBar?, iconSet?, dxf?, extLst?
dataBar = cfvo{2}, fillColor?, borderColor?, negativeFillColor?, negativeBorderColor?, axisColor?
iconSet = cfvo+, cfIcon*
cfvo = xm:f?, extLst?
dataValidations = dataValidation+
dataValidation = formula1?, formula2?, xm:sqref
formula1 formula2 = xm:f
sparklineGroups = sparklineGroup+
sparklineGroup = colorSeries?, colorNegative?, colorAxis?, colorMarkers?, colorFirst?, colorLast?, colorHigh?, \
  colorLow?, xm:f?, sparklines
sparklines = sparkline+
sparkline = xm:f?, xm:sqref
empty: fillColor borderColor negativeFillColor negativeBorderColor axisColor cfIcon
empty: colorSeries colorNegative colorAxis colorMarkers colorFirst colorLast colorHigh colorLow
text: id

[xm]
text: f sqref

[xdr]
wsDr = (twoCellAnchor | oneCellAnchor | absoluteAnchor)*
twoCellAnchor = from, to, (sp | grpSp | graphicFrame | cxnSp | pic), clientData
oneCellAnchor = from, ext, (sp | grpSp | graphicFrame | cxnSp | pic), clientData
absoluteAnchor = pos, ext, (sp | grpSp | graphicFrame | cxnSp | pic), clientData
from to = col, colOff, row, rowOff
graphicFrame = nvGraphicFramePr, xfrm, a:graphic
nvGraphicFramePr = cNvPr, cNvGraphicFramePr
cNvGraphicFramePr = a:graphicFrameLocks?, a:extLst?
pic = nvPicPr, blipFill, spPr, style?
nvPicPr = cNvPr, cNvPicPr
cNvPr = a:hlinkClick?, a:hlinkHover?, a:extLst?
cNvPicPr = a:picLocks?, a:extLst?
blipFill = a:blip?, a:srcRect?, (a:tile | a:stretch)?
xfrm = a:off?, a:ext?
spPr = a:xfrm?, (a:custGeom | a:prstGeom)?, (a:noFill | a:solidFill | a:gradFill | a:blipFill | a:pattFill | \
  a:grpFill)?, a:ln?, (a:effectLst | a:effectDag)?, a:scene3d?, a:sp3d?, a:extLst?
empty: clientData ext pos
text: col colOff row rowOff

[c]
chartSpace = date1904?, lang?, roundedCorners?, style?, clrMapOvr?, pivotSource?, protection?, chart, spPr?, txPr?, \
  externalData?, printSettings?, userShapes?, extLst?
chartSpace/chart = title?, autoTitleDeleted?, pivotFmts?, view3D?, floor?, sideWall?, backWall?, plotArea, legend?, \
  plotVisOnly?, dispBlanksAs?, showDLblsOverMax?, extLst?
a:graphicData/chart = empty
title = tx?, layout?, overlay?, spPr?, txPr?, extLst?
title/tx dLbl/tx = strRef | rich
ser/tx = strRef | v
rich txPr = a:bodyPr, a:lstStyle?, a:p+
layout = manualLayout?, extLst?
manualLayout = layoutTarget?, xMode?, yMode?, wMode?, hMode?, x?, y?, w?, h?, extLst?
plotArea = layout?, (barChart | lineChart | areaChart | pieChart | scatterChart)+, (valAx | catAx | dateAx | \
  serAx)*, dTable?, spPr?, extLst?
barChart = barDir, grouping?, varyColors?, ser*, dLbls?, gapWidth?, overlap?, serLines*, axId{2}, extLst?
lineChart = grouping, varyColors?, ser*, dLbls?, dropLines?, hiLowLines?, upDownBars?, marker?, smooth?, axId{2}, \
  extLst?
barChart/ser = idx, order, tx?, spPr?, invertIfNegative?, pictureOptions?, dPt*, dLbls?, trendline*, errBars?, \
  cat?, val?, shape?, extLst?
lineChart/ser = idx, order, tx?, spPr?, marker?, dPt*, dLbls?, trendline*, errBars?, cat?, val?, smooth?, extLst?
ser/extLst = ext*
ser/extLst/ext = c14:invertSolidFillFmt
dPt = idx, invertIfNegative?, marker?, bubble3D?, explosion?, spPr?, pictureOptions?, extLst?
dLbls = dLbl*, (delete | (numFmt?, spPr?, txPr?, dLblPos?, showLegendKey?, showVal?, showCatName?, showSerName?, \
  showPercent?, showBubbleSize?, separator?, showLeaderLines?, leaderLines?)), extLst?
dLbl = idx, (delete | (layout?, tx?, numFmt?, spPr?, txPr?, dLblPos?, showLegendKey?, showVal?, showCatName?, \
  showSerName?, showPercent?, showBubbleSize?, separator?)), extLst?
lineChart/marker = empty
marker = symbol?, size?, spPr?, extLst?
trendline = name?, spPr?, trendlineType, order?, period?, forward?, backward?, intercept?, dispRSqr?, dispEq?, \
  trendlineLbl?, extLst?
trendline/name = text
errBars = errDir?, errBarType, errValType, noEndCap?, plus?, minus?, val?, spPr?, extLst?
plus minus = numRef | numLit
upDownBars = gapWidth?, upBars?, downBars?, extLst?
upBars downBars dropLines hiLowLines serLines leaderLines majorGridlines minorGridlines = spPr?
cat = multiLvlStrRef | numRef | numLit | strRef | strLit
val = numRef | numLit
errBars/val = empty
strRef = f, strCache?, extLst?
strCache = ptCount?, pt*, extLst?
numRef = f, numCache?, extLst?
numCache numLit = formatCode?, ptCount?, pt*, extLst?
pt = v
catAx = axId, scaling, delete?, axPos, majorGridlines?, minorGridlines?, title?, numFmt?, majorTickMark?, \
  minorTickMark?, tickLblPos?, spPr?, txPr?, crossAx, (crosses | crossesAt)?, auto?, lblAlgn?, lblOffset?, \
  tickLblSkip?, tickMarkSkip?, noMultiLvlLbl?, extLst?
dateAx = axId, scaling, delete?, axPos, majorGridlines?, minorGridlines?, title?, numFmt?, majorTickMark?, \
  minorTickMark?, tickLblPos?, spPr?, txPr?, crossAx, (crosses | crossesAt)?, auto?, lblOffset?, baseTimeUnit?, \
  majorUnit?, majorTimeUnit?, minorUnit?, minorTimeUnit?, extLst?
valAx = axId, scaling, delete?, axPos, majorGridlines?, minorGridlines?, title?, numFmt?, majorTickMark?, \
  minorTickMark?, tickLblPos?, spPr?, txPr?, crossAx, (crosses | crossesAt)?, crossBetween?, majorUnit?, \
  minorUnit?, dispUnits?, extLst?
scaling = logBase?, orientation?, max?, min?, extLst?
legend = legendPos?, legendEntry*, layout?, overlay?, spPr?, txPr?, extLst?
legendEntry = idx, (delete | txPr?), extLst?
dTable = showHorzBorder?, showVertBorder?, showOutline?, showKeys?, spPr?, txPr?, extLst?
spPr = a:xfrm?, (a:custGeom | a:prstGeom)?, (a:noFill | a:solidFill | a:gradFill | a:blipFill | a:pattFill)?, \
  a:ln?, (a:effectLst | a:effectDag)?, a:scene3d?, a:sp3d?, a:extLst?
printSettings = headerFooter?, pageMargins?, pageSetup?, legacyDrawingHF?
headerFooter = oddHeader?, oddFooter?, evenHeader?, evenFooter?, firstHeader?, firstFooter?
empty: date1904 lang roundedCorners style autoTitleDeleted overlay plotVisOnly dispBlanksAs layoutTarget xMode \
  yMode wMode
empty: hMode x y w h barDir grouping varyColors idx order invertIfNegative bubble3D explosion delete numFmt dLblPos
empty: showLegendKey showVal showCatName showSerName showPercent showBubbleSize showLeaderLines symbol size \
  trendlineType
empty: period forward backward intercept dispRSqr dispEq errDir errBarType errValType noEndCap gapWidth overlap smooth
empty: ptCount axId axPos crossAx crosses crossesAt auto lblAlgn lblOffset tickLblSkip tickMarkSkip noMultiLvlLbl
empty: crossBetween majorUnit minorUnit baseTimeUnit majorTimeUnit minorTimeUnit majorTickMark minorTickMark \
  tickLblPos
empty: orientation max min logBase legendPos pageMargins pageSetup showHorzBorder showVertBorder showOutline showKeys
text: f v formatCode separator

[c14]
invertSolidFillFmt = spPr?
spPr = a:xfrm?, (a:custGeom | a:prstGeom)?, (a:noFill | a:solidFill | a:gradFill | a:blipFill | a:pattFill | \
  a:grpFill)?, a:ln?, (a:effectLst | a:effectDag)?, a:scene3d?, a:sp3d?, a:extLst?

[a] shapes and texts
graphic = graphicData
graphicData = c:chart
xfrm = off?, ext?
prstGeom = avLst?
avLst = gd*
blip = extLst?
stretch = fillRect?
picLocks graphicFrameLocks = extLst?
hlinkClick = snd?, extLst?
noFill = empty
solidFill = scrgbClr | srgbClr | hslClr | sysClr | schemeClr | prstClr
pattFill = fgClr?, bgClr?
fgClr bgClr = scrgbClr | srgbClr | hslClr | sysClr | schemeClr | prstClr
gradFill = gsLst?, (lin | path)?, tileRect?
gsLst = gs{2,}
gs = scrgbClr | srgbClr | hslClr | sysClr | schemeClr | prstClr
path = fillToRect?
srgbClr schemeClr sysClr = (tint | shade | alpha | satMod | lumMod | lumOff)*
ln = (noFill | solidFill | gradFill | pattFill)?, (prstDash | custDash)?, (round | bevel | miter)?, headEnd?, \
  tailEnd?, extLst?
bodyPr = prstTxWarp?, (noAutofit | normAutofit | spAutoFit)?, scene3d?, (sp3d | flatTx)?, extLst?
lstStyle = empty
p = pPr?, (r | br | fld)*, endParaRPr?
pPr = lnSpc?, spcBef?, spcAft?, (buClrTx | buClr)?, (buSzTx | buSzPct | buSzPts)?, (buFontTx | buFont)?, (buNone | \
  buAutoNum | buChar | buBlip)?, tabLst?, defRPr?, extLst?
r = rPr?, t
rPr defRPr endParaRPr = ln?, (noFill | solidFill | gradFill | blipFill | pattFill | grpFill)?, (effectLst | \
  effectDag)?, highlight?, (uLnTx | uLn)?, (uFillTx | uFill)?, latin?, ea?, cs?, sym?, hlinkClick?, \
  hlinkMouseOver?, extLst?
empty: off ext fillRect lin fillToRect tileRect tint shade alpha satMod lumMod lumOff prstDash round bevel miter \
  latin ea cs
text: t

[a] the theme
theme = themeElements, objectDefaults?, extraClrSchemeLst?, custClrLst?, extLst?
themeElements = clrScheme, fontScheme, fmtScheme, extLst?
clrScheme = dk1, lt1, dk2, lt2, accent1, accent2, accent3, accent4, accent5, accent6, hlink, folHlink, extLst?
dk1 lt1 dk2 lt2 accent1 accent2 accent3 accent4 accent5 accent6 hlink folHlink = scrgbClr | srgbClr | hslClr | \
  sysClr | schemeClr | prstClr
fontScheme = majorFont, minorFont, extLst?
majorFont minorFont = latin, ea, cs, font*, extLst?
fmtScheme = fillStyleLst, lnStyleLst, effectStyleLst, bgFillStyleLst
fillStyleLst bgFillStyleLst = (noFill | solidFill | gradFill | blipFill | pattFill | grpFill){3,}
lnStyleLst = ln{3,}
effectStyleLst = effectStyle{3,}
effectStyle = (effectLst | effectDag), scene3d?, sp3d?
effectLst = blur?, fillOverlay?, glow?, innerShdw?, outerShdw?, prstShdw?, reflection?, softEdge?
outerShdw = scrgbClr | srgbClr | hslClr | sysClr | schemeClr | prstClr
scene3d = camera, lightRig, backdrop?, extLst?
camera lightRig = rot?
sp3d = bevelT?, bevelB?, extrusionClr?, contourClr?, extLst?
objectDefaults = spDef?, lnDef?, txDef?, extLst?
extraClrSchemeLst = extraClrScheme*
empty: font rot bevelT

[ap]
Properties = Template? & Manager? & Company? & Pages? & Words? & Characters? & PresentationFormat? & Lines? & \
  Paragraphs? & Slides? & Notes? & TotalTime? & HiddenSlides? & MMClips? & ScaleCrop? & HeadingPairs? & \
  TitlesOfParts? & LinksUpToDate? & CharactersWithSpaces? & SharedDoc? & HyperlinkBase? & HLinks? & \
  HyperlinksChanged? & DigSig? & Application? & AppVersion? & DocSecurity?
HeadingPairs TitlesOfParts = vt:vector
text: Template Manager Company ScaleCrop LinksUpToDate SharedDoc HyperlinkBase HyperlinksChanged Application \
  AppVersion
text: DocSecurity

[vt]
vector = variant+ | lpstr* | i4+
variant = lpstr | i4
text: lpstr i4

[cp]
coreProperties = category? & contentStatus? & dcterms:created? & dc:creator? & dc:description? & dc:identifier? & \
  keywords? & dc:language? & lastModifiedBy? & lastPrinted? & dcterms:modified? & revision? & dc:subject? & \
  dc:title? & version?
text: category contentStatus keywords lastModifiedBy lastPrinted revision version

[dc]
text: creator description identifier language subject title

[dcterms]
text: created modified

[ct]
Types = (Default | Override)*
empty: Default Override

[rel]
Relationships = Relationship*
text: Relationship
";

/// What an element may hold.
enum Content {
    Text,
    Children(Regex),
    /// Each of these once at most, in any order.
    All(Vec<String>),
}

struct Known {
    content: Content,
    /// As it stands in the table, for whoever has to mend it.
    said: String,
}

static KNOWN: LazyLock<HashMap<String, Known>> = LazyLock::new(|| {
    let mut known = HashMap::new();
    let mut prefix = "";
    for line in CONTENT.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some((namespace, _)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            prefix = namespace;
            continue;
        }
        let mut add = |name: &str, said: &str| {
            let name: Vec<String> = name.split('/').map(|name| full(name, prefix)).collect();
            let entry = Known { content: content(said, prefix), said: said.to_string() };
            assert!(known.insert(name.join("/"), entry).is_none(), "{name:?} stands twice");
        };
        let (names, said) = line.split_once(" = ").unwrap_or_else(|| {
            let (said, names) = line.split_once(": ").unwrap_or_else(|| panic!("{line}"));
            (names, said)
        });
        names.split_whitespace().for_each(|name| add(name, said));
    }
    known
});

fn full(name: &str, prefix: &str) -> String {
    if name.contains(':') { name.to_string() } else { format!("{prefix}:{name}") }
}

fn content(said: &str, prefix: &str) -> Content {
    if said == "text" {
        return Content::Text;
    }
    if said.contains('&') {
        return Content::All(said.split('&').map(|name| full(name.trim().trim_end_matches('?'), prefix)).collect());
    }
    let said = if said == "empty" { "" } else { said };
    let pieces = Regex::new(r"\{[0-9,]+\}|[A-Za-z0-9:]+|.").unwrap();
    let pattern: String = pieces
        .find_iter(said)
        .map(|piece| match piece.as_str() {
            "," | " " => String::new(),
            name if name.starts_with(|c: char| c.is_ascii_alphanumeric()) => format!("(?:{};)", full(name, prefix)),
            sign => sign.to_string(),
        })
        .collect();
    Content::Children(Regex::new(&format!("^(?:{pattern})$")).unwrap())
}

/// The root that a part of this type has.
const ROOTS: &[(&str, &str)] = &[
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", "x:workbook"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml", "x:worksheet"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml", "x:styleSheet"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml", "x:sst"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml", "x:table"),
    ("application/vnd.openxmlformats-officedocument.theme+xml", "a:theme"),
    ("application/vnd.openxmlformats-officedocument.drawing+xml", "xdr:wsDr"),
    ("application/vnd.openxmlformats-officedocument.drawingml.chart+xml", "c:chartSpace"),
    ("application/vnd.openxmlformats-officedocument.extended-properties+xml", "ap:Properties"),
    ("application/vnd.openxmlformats-package.core-properties+xml", "cp:coreProperties"),
    ("application/vnd.openxmlformats-package.relationships+xml", "rel:Relationships"),
];

/// What a relationship of this type leads to.
const TARGETS: &[(&str, &str)] = &[
    ("officeDocument", "x:workbook"),
    ("core-properties", "cp:coreProperties"),
    ("extended-properties", "ap:Properties"),
    ("worksheet", "x:worksheet"),
    ("theme", "a:theme"),
    ("styles", "x:styleSheet"),
    ("sharedStrings", "x:sst"),
    ("table", "x:table"),
    ("drawing", "xdr:wsDr"),
    ("chart", "c:chartSpace"),
    ("image", "image"),
];

/// A relationship of a part.
struct Relationship {
    /// The last piece of its type.
    kind: String,
    /// The part that it leads to, or nothing where it leads outside.
    part: Option<String>,
}

/// What a part points at with the ids of its relationships.
type Ids = BTreeSet<String>;

/// A workbook that is looked at.
#[derive(Default)]
struct Book {
    faults: Vec<String>,
    /// By the part that has them, and their ids.
    relationships: BTreeMap<String, BTreeMap<String, Relationship>>,
    n_strings: usize,
    n_formats: usize,
    n_dxfs: usize,
    n_sheets: usize,
}

/// Everything that is wrong with a workbook's bytes: `part: what`.
pub fn faults(bytes: &[u8]) -> Vec<String> {
    let (parts, twice) = parts(bytes);
    let mut book = Book { faults: twice, ..Book::default() };
    let types = book.types(&parts);
    book.read_relationships(&parts);
    // What the others point into comes first.
    let rank = |name: &str| usize::from(!matches!(root(&types, name), Some("x:styleSheet" | "x:sst" | "x:workbook")));
    let mut names: Vec<&String> = parts.keys().collect();
    names.sort_by_key(|name| (rank(name), (*name).clone()));
    for name in names {
        if name == "[Content_Types].xml" {
            continue;
        }
        match root(&types, name) {
            None => book.fault(name, "its content type is none that we know"),
            Some("image") => {
                if !parts[name].starts_with(b"\x89PNG") && !parts[name].starts_with(b"\xff\xd8") {
                    book.fault(name, "no image");
                }
            }
            Some(root) => book.part(name, &parts[name], root),
        }
    }
    book.targets(&parts, &types);
    book.faults
}

fn parts(bytes: &[u8]) -> (BTreeMap<String, Vec<u8>>, Vec<String>) {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let (mut parts, mut twice) = (BTreeMap::new(), Vec::new());
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let name = part.name().unwrap().to_string();
        let mut content = Vec::new();
        part.read_to_end(&mut content).unwrap();
        // By part 2 the names of parts differ in more than their case.
        let is_known = parts.keys().any(|known: &String| known.eq_ignore_ascii_case(&name));
        if is_known {
            twice.push(format!("{name}: stands twice"));
        }
        parts.insert(name, content);
    }
    (parts, twice)
}

/// Content types by part.
type Types = BTreeMap<String, String>;

fn root<'a>(types: &Types, name: &str) -> Option<&'a str> {
    let found = types.get(name)?;
    if found == "image/png" || found == "image/jpeg" {
        return Some("image");
    }
    ROOTS.iter().find(|(known, _)| known == found).map(|(_, root)| *root)
}

impl Book {
    fn fault(&mut self, part: &str, what: impl std::fmt::Display) {
        self.faults.push(format!("{part}: {what}"));
    }

    fn types(&mut self, parts: &BTreeMap<String, Vec<u8>>) -> Types {
        const LIST: &str = "[Content_Types].xml";
        let Some(bytes) = parts.get(LIST) else {
            self.fault(LIST, "is not there");
            return Types::new();
        };
        let (mut defaults, mut overrides) = (BTreeMap::new(), Types::new());
        self.elements(LIST, bytes, "ct:Types", &mut |element, faults| {
            let value = |name: &str| element.get(name).unwrap_or_default().to_string();
            let before = match element.name() {
                "ct:Default" => defaults.insert(value("Extension").to_lowercase(), value("ContentType")),
                "ct:Override" => {
                    let part = value("PartName");
                    let part = part.strip_prefix('/').unwrap_or(&part).to_string();
                    if !parts.contains_key(&part) {
                        faults.push(format!("has a type for {part}, which is not there"));
                    }
                    overrides.insert(part, value("ContentType"))
                }
                _ => None,
            };
            if before.is_some() {
                faults.push(format!("two types for {:?}", element.attributes));
            }
        });
        for name in parts.keys().filter(|name| *name != LIST) {
            let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_lowercase();
            if !overrides.contains_key(name)
                && let Some(known) = defaults.get(&extension)
            {
                overrides.insert(name.clone(), known.clone());
            }
        }
        overrides
    }

    fn read_relationships(&mut self, parts: &BTreeMap<String, Vec<u8>>) {
        for (name, bytes) in parts.iter().filter(|(name, _)| name.ends_with(".rels")) {
            let (folder, file) = name.split_once("_rels/").unwrap_or(("", name));
            let source = format!("{folder}{}", file.trim_end_matches(".rels"));
            if file != ".rels" && !parts.contains_key(&source) {
                self.fault(name, "belongs to no part");
            }
            let mut found = BTreeMap::new();
            // Their elements are looked at with all others.
            let _ = walk(bytes, &mut |element| {
                if element.name() != "rel:Relationship" {
                    return;
                }
                let value = |name: &str| element.get(name).unwrap_or_default();
                let part = (value("TargetMode") != "External").then(|| resolved(folder, value("Target")));
                let kind = value("Type").rsplit('/').next().unwrap_or_default().to_string();
                if found.insert(value("Id").to_string(), Relationship { kind, part }).is_some() {
                    self.faults.push(format!("{name}: two relationships {}", value("Id")));
                }
            });
            self.relationships.insert(source, found);
        }
    }

    /// Relationships lead to parts that are there and of their type, and all parts can be reached.
    fn targets(&mut self, parts: &BTreeMap<String, Vec<u8>>, types: &Types) {
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut faults = Vec::new();
        for (source, found) in &self.relationships {
            for (id, relationship) in found {
                let Some(part) = &relationship.part else {
                    if relationship.kind != "hyperlink" {
                        faults.push(format!("{source}: {id} is outside and no link"));
                    }
                    continue;
                };
                reached.insert(part);
                let wanted = TARGETS.iter().find(|(kind, _)| *kind == relationship.kind).map(|(_, root)| *root);
                match (parts.contains_key(part), wanted) {
                    (false, _) => faults.push(format!("{source}: {id} leads to {part}, which is not there")),
                    (true, wanted) if wanted.is_none() || wanted != root(types, part) => {
                        faults.push(format!("{source}: {id} is of type {} and leads to {part}", relationship.kind));
                    }
                    _ => {}
                }
            }
        }
        let is_alone = |name: &&String| {
            !reached.contains(name.as_str()) && !name.ends_with(".rels") && *name != "[Content_Types].xml"
        };
        faults.extend(parts.keys().filter(is_alone).map(|name| format!("{name}: nothing leads to it")));
        self.faults.append(&mut faults);
    }

    /// Reads a part and looks at the content of each element, and at whatever else is asked for.
    fn elements(&mut self, name: &str, bytes: &[u8], root: &str, more: &mut dyn FnMut(&Element<'_>, &mut Vec<String>)) {
        let mut faults = Vec::new();
        let read = walk(bytes, &mut |element| {
            if element.path.len() == 1 && element.name() != root {
                faults.push(format!("its root is {} and not {root}", element.name()));
            }
            faults.extend(misplaced(element));
            more(element, &mut faults);
        });
        faults.extend(read.err());
        for fault in faults {
            self.fault(name, fault);
        }
    }

    fn part(&mut self, name: &str, bytes: &[u8], root: &str) {
        let mut ids = Ids::new();
        let mut sheet = Sheet::default();
        let mut chart = Axes::default();
        let mut counts: HashMap<&'static str, usize> = HashMap::new();
        let sizes = [self.n_strings, self.n_formats, self.n_dxfs, self.n_sheets];
        self.elements(name, bytes, root, &mut |element, faults| {
            ids.extend(element.attributes.iter().filter(|(key, _)| key.starts_with("r:")).map(|(_, id)| id.clone()));
            // The strings' count is that of the cells which use them.
            let count = if element.name() == "vt:vector" { "size" } else { "count" };
            if let Some(count) = element.number(count).filter(|_| element.name() != "x:sst")
                && count != element.n_children()
            {
                faults.push(format!("{} counts {count} and has {}", element.name(), element.n_children()));
            }
            match root {
                "x:worksheet" => sheet.element(element, sizes, faults),
                "x:styleSheet" => styles(element, &mut counts, faults),
                "x:workbook" => workbook(element, &mut counts, faults),
                "x:sst" => strings(element, &mut counts, faults),
                "c:chartSpace" => chart.element(element, faults),
                _ => {}
            }
        });
        if let Some(axis) = chart.used.difference(&chart.axes).next() {
            self.fault(name, format!("an axis {axis} that is not there"));
        }
        if root == "x:worksheet" && sheet.data_bars != sheet.extended_bars {
            self.fault(name, "the ids of data bars and their extensions differ");
        }
        match root {
            "x:styleSheet" => {
                (self.n_formats, self.n_dxfs) =
                    (counts.get("cellXfs").copied().unwrap_or(0), counts.get("dxfs").copied().unwrap_or(0));
            }
            "x:workbook" => self.n_sheets = counts.get("sheets").copied().unwrap_or(0),
            "x:sst" => self.n_strings = counts.get("strings").copied().unwrap_or(0),
            _ => {}
        }
        let none = BTreeMap::new();
        let known = self.relationships.get(name).unwrap_or(&none);
        let missing: Vec<String> = ids.iter().filter(|id| !known.contains_key(*id)).cloned().collect();
        // The workbook has its theme, styles and strings without naming them.
        let unnamed = ["theme", "styles", "sharedStrings"];
        let is_idle = |(id, found): &(&String, &Relationship)| !ids.contains(*id) && !unnamed.contains(&&*found.kind);
        let idle: Vec<String> = known.iter().filter(is_idle).map(|(id, _)| id.clone()).collect();
        for id in missing {
            self.fault(name, format!("{id} is none of its relationships"));
        }
        for id in idle {
            self.fault(name, format!("{id} is used by nothing"));
        }
    }
}

/// Where a target lies, seen from the folder of its source.
fn resolved(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_string();
    }
    let mut path: Vec<&str> = folder.split('/').filter(|piece| !piece.is_empty()).collect();
    for piece in target.split('/') {
        if piece == ".." {
            path.pop();
        } else {
            path.push(piece);
        }
    }
    path.join("/")
}

/// What is wrong with what an element holds.
fn misplaced(element: &Element<'_>) -> Option<String> {
    let at = || element.path.join("/");
    let lengths = (1..=element.path.len().min(3)).rev();
    let found = lengths.map(|length| element.path[element.path.len() - length..].join("/"));
    let Some(known) = found.into_iter().find_map(|name| KNOWN.get(&name)) else {
        return Some(format!("{} is not in the table", at()));
    };
    let is_right = match &known.content {
        Content::Text => element.children.is_empty(),
        Content::Children(order) => order.is_match(element.children) && element.text.trim().is_empty(),
        Content::All(names) => {
            let children: Vec<&str> = element.children.split_terminator(';').collect();
            let n_different = children.iter().collect::<BTreeSet<_>>().len();
            n_different == children.len() && children.iter().all(|child| names.iter().any(|name| name == child))
        }
    };
    let shown: String = element.children.chars().take(300).collect();
    (!is_right).then(|| format!("{} holds {shown}{} and may hold: {}", at(), element.text.trim(), known.said))
}

/// What was met so far of a worksheet.
#[derive(Default)]
struct Sheet {
    row: usize,
    last: Option<(u32, u32)>,
    /// Rows of the cells since the last row ended.
    rows: BTreeSet<u32>,
    /// The cell that is open has these.
    formula: bool,
    value: Option<String>,
    data_bars: BTreeSet<String>,
    extended_bars: BTreeSet<String>,
}

impl Sheet {
    fn element(&mut self, element: &Element<'_>, sizes: [usize; 4], faults: &mut Vec<String>) {
        let [n_strings, n_formats, n_dxfs, _] = sizes;
        match element.name() {
            "x:f" => self.formula = true,
            "x:v" => self.value = Some(element.text.to_string()),
            "x:c" => {
                self.cell(element, n_strings, n_formats, faults);
                (self.formula, self.value) = (false, None);
            }
            "x:row" => {
                let row = element.number("r").unwrap_or(0);
                if row <= self.row || row > 1_048_576 {
                    faults.push(format!("row {row} behind row {}", self.row));
                }
                if self.rows.iter().any(|other| *other as usize + 1 != row) {
                    faults.push(format!("row {row} has cells of another"));
                }
                if element.get("ht").is_some_and(|height| height.parse::<f64>().is_ok_and(|height| height > 409.5)) {
                    faults.push(format!("row {row} is {:?} points high", element.get("ht")));
                }
                self.row = row;
                self.rows.clear();
            }
            "x:col"
                if element.get("width").is_some_and(|width| width.parse::<f64>().is_ok_and(|width| width > 255.0)) =>
            {
                faults.push(format!("columns {:?} wide", element.get("width")));
            }
            "x:cfRule" if element.number("dxfId").is_some_and(|id| id >= n_dxfs) => {
                faults.push(format!("dxfId {:?} of {n_dxfs}", element.get("dxfId")));
            }
            "x14:id" => {
                self.data_bars.insert(element.text.to_string());
            }
            "x14:cfRule" => self.extended_bars.extend(element.get("id").map(str::to_string)),
            "x:hyperlink" => {
                if element.get("r:id").is_none() && element.get("location").is_none() {
                    faults.push(format!("a link to nowhere at {:?}", element.get("ref")));
                }
                self.area(element, "ref", faults);
            }
            "x:dimension" | "x:autoFilter" | "x:mergeCell" => self.area(element, "ref", faults),
            "x:conditionalFormatting" | "x:dataValidation" => self.area(element, "sqref", faults),
            _ => {}
        }
    }

    fn area(&self, element: &Element<'_>, name: &str, faults: &mut Vec<String>) {
        let text = element.get(name).unwrap_or_default();
        if text.is_empty() || text.split(' ').any(|area| Area::parse(area.as_bytes()).is_none()) {
            faults.push(format!("{} {name} {text:?}", element.name()));
        }
    }

    fn cell(&mut self, element: &Element<'_>, n_strings: usize, n_formats: usize, faults: &mut Vec<String>) {
        let address = element.get("r").unwrap_or_default();
        let Some(place) = parse_address(address.as_bytes()) else {
            return faults.push(format!("the address {address:?}"));
        };
        if self.last.is_some_and(|last| last >= place) {
            faults.push(format!("{address} is out of order"));
        }
        self.last = Some(place);
        self.rows.insert(place.0);
        if element.number("s").is_some_and(|style| style >= n_formats) {
            faults.push(format!("{address} has style {:?} of {n_formats}", element.get("s")));
        }
        let value = self.value.as_deref();
        if self.formula && value.is_none_or(str::is_empty) {
            faults.push(format!("{address} is a formula without a result"));
        }
        let is_number = |text: &str| text.parse::<f64>().is_ok_and(f64::is_finite);
        match (element.get("t"), value) {
            (Some("s"), Some(index)) if index.parse::<usize>().is_ok_and(|index| index < n_strings) => {}
            (None | Some("n"), Some(number)) if is_number(number) => {}
            (None, None) | (Some("str"), Some(_)) | (Some("b"), Some("0" | "1")) => {}
            (Some("inlineStr"), None) => {}
            (kind, value) => faults.push(format!("{address} of type {kind:?} holds {value:?} of {n_strings} strings")),
        }
    }
}

/// Axes of a chart, and those that its series and other axes name.
#[derive(Default)]
struct Axes {
    axes: BTreeSet<String>,
    used: BTreeSet<String>,
    n_points: Option<usize>,
}

impl Axes {
    fn element(&mut self, element: &Element<'_>, faults: &mut Vec<String>) {
        let value = || element.get("val").unwrap_or_default().to_string();
        let parent = element.path.iter().rev().nth(1).map_or("", String::as_str);
        match element.name() {
            "c:axId" if parent.ends_with("Ax") => drop(self.axes.insert(value())),
            "c:axId" | "c:crossAx" => drop(self.used.insert(value())),
            "c:ptCount" => self.n_points = element.number("val"),
            "c:strCache" | "c:numCache" => {
                // A blank has no point.
                let (n_points, n_found) = (self.n_points.take(), element.children.matches("c:pt;").count());
                if n_points.is_some_and(|n_points| n_found > n_points) {
                    faults.push(format!("{} counts {} and has {n_found}", element.name(), n_points.unwrap_or(0)));
                }
            }
            _ => {}
        }
    }
}

fn styles(element: &Element<'_>, counts: &mut HashMap<&'static str, usize>, faults: &mut Vec<String>) {
    let parent = element.path.iter().rev().nth(1).map_or("", String::as_str);
    let mut kept = |key: &'static str| counts.insert(key, element.n_children());
    match element.name() {
        "x:fonts" => drop(kept("fonts")),
        "x:fills" => drop(kept("fills")),
        "x:borders" => drop(kept("borders")),
        "x:cellStyleXfs" => drop(kept("cellStyleXfs")),
        "x:cellXfs" => drop(kept("cellXfs")),
        "x:dxfs" => drop(kept("dxfs")),
        "x:xf" if parent == "x:cellXfs" || parent == "x:cellStyleXfs" => {
            for (key, list) in
                [("fontId", "fonts"), ("fillId", "fills"), ("borderId", "borders"), ("xfId", "cellStyleXfs")]
            {
                let size = counts.get(list).copied().unwrap_or(0);
                if element.number(key).is_some_and(|id| id >= size) {
                    faults.push(format!("{key} {:?} of {size}", element.get(key)));
                }
            }
            // Built-in formats end at 163; the others stand above.
            let id = element.number("numFmtId").unwrap_or(0);
            if id >= 164 && id - 164 >= counts.get("numFmts").copied().unwrap_or(0) {
                faults.push(format!("numFmtId {id}"));
            }
        }
        "x:numFmt" if parent == "x:numFmts" => {
            let n_before = counts.entry("numFmts").or_default();
            if element.number("numFmtId") != Some(164 + *n_before) {
                faults.push(format!("number format {:?} behind {n_before}", element.get("numFmtId")));
            }
            *n_before += 1;
        }
        _ => {}
    }
}

fn workbook(element: &Element<'_>, counts: &mut HashMap<&'static str, usize>, faults: &mut Vec<String>) {
    match element.name() {
        "x:sheet" => {
            let name = element.get("name").unwrap_or_default();
            let is_bad = name.is_empty()
                || name.encode_utf16().count() > 31
                || name.contains(['[', ']', ':', '*', '?', '/', '\\'])
                || name.starts_with('\'')
                || name.ends_with('\'')
                || name.eq_ignore_ascii_case("history");
            if is_bad {
                faults.push(format!("the sheet's name {name:?}"));
            }
        }
        "x:sheets" => drop(counts.insert("sheets", element.n_children())),
        "x:definedName" => {
            let n_sheets = counts.get("sheets").copied().unwrap_or(0);
            if element.number("localSheetId").is_some_and(|sheet| sheet >= n_sheets) {
                faults.push(format!("a name of sheet {:?}", element.get("localSheetId")));
            }
        }
        _ => {}
    }
}

fn strings(element: &Element<'_>, counts: &mut HashMap<&'static str, usize>, faults: &mut Vec<String>) {
    match element.name() {
        "x:t" => {
            let n_units = element.text.encode_utf16().count();
            if n_units > 32_767 {
                faults.push(format!("a text of {n_units} units"));
            }
            // Blanks at an end are dropped by programs that are not told to keep them.
            if element.text.trim_matches([' ', '\n', '\t']) != element.text
                && element.get("xml:space") != Some("preserve")
            {
                faults.push(format!("the blanks of {:?} are not kept", element.text));
            }
        }
        "x:sst" => {
            if element.number("uniqueCount") != Some(element.n_children()) {
                faults.push(format!("{:?} texts, and has {}", element.get("uniqueCount"), element.n_children()));
            }
            counts.insert("strings", element.n_children());
        }
        _ => {}
    }
}
