"""
The ids that Grafana knows.

Source: the packages @grafana/data and @grafana/schema of npm in the version below, read by
tests/lint/grafana_ids.mjs.
"""

from collections.abc import Mapping
from typing import Final


def _ids(text: str) -> frozenset[str]:
    return frozenset(text.split())


VERSION: Final = "13.0.1"
UNITS: Final = _ids(
    """
    none string short sishort percent percentunit humidity dB candela hex0x hex sci locale pixel accMS2 accFS2
    accG degree radian grad arcmin arcsec areaM2 areaF2 areaMI2 acres hectares flops mflops gflops tflops pflops
    eflops zflops yflops ppm conppb conngm3 conngNm3 conμgm3 conμgNm3 conmgm3 conmgNm3 congm3 congNm3 conmgdL
    conmmolL currencyUSD currencyGBP currencyEUR currencyJPY currencyRUB currencyUAH currencyBRL currencyDKK
    currencyISK currencyNOK currencySEK currencyCZK currencyCHF currencyPLN currencyBTC currencymBTC
    currencyμBTC currencyZAR currencyINR currencyKRW currencyIDR currencyPHP currencyVND currencyTRY currencyMYR
    currencyXPF currencyBGN currencyPYG currencyUYU currencyILS bytes decbytes bits decbits kbytes deckbytes
    mbytes decmbytes gbytes decgbytes tbytes dectbytes pbytes decpbytes pps binBps Bps binbps bps KiBs Kibits
    KBs Kbits MiBs Mibits MBs Mbits GiBs Gibits GBs Gbits TiBs Tibits TBs Tbits PiBs Pibits PBs Pbits
    dateTimeAsIso dateTimeAsIsoNoDateIfToday dateTimeAsUS dateTimeAsUSNoDateIfToday dateTimeAsLocal
    dateTimeAsLocalNoDateIfToday dateTimeAsSystem dateTimeFromNow watt kwatt megwatt gwatt mwatt Wm2 voltamp
    kvoltamp voltampreact kvoltampreact watth watthperkg kwatth kwattm mwatth amph kamph mamph joule ev amp kamp
    mamp volt kvolt mvolt dBm mohm ohm kohm Mohm farad µfarad nfarad pfarad ffarad henry mhenry µhenry lumens
    flowgpm flowcms flowcfs flowcfm litreh flowlpm flowmlpm lux forceNm forcekNm forceN forcekN Hs KHs MHs GHs
    THs PHs EHs massmg massg masslb masskg masst lengthmm lengthin lengthft lengthm lengthkm lengthmi
    pressurembar pressurebar pressurekbar pressurepa pressurehpa pressurekpa pressurehg pressurepsi radbq radci
    radgy radrad radsv radmsv radusv radrem radexpckg radr radsvh radmsvh radusvh rotrpm rothz rotkhz rotmhz
    rotghz rotrads rotdegs celsius fahrenheit kelvin hertz ns µs ms s m h d dtdurationms dtdurations dthms
    dtdhms timeticks clockms clocks cps ops reqps rps wps iops eps mps recps rowsps cpm opm reqpm rpm wpm epm
    mpm recpm rowspm velocityms velocitykmh velocitymph velocityknot mlitre litre m3 Nm3 dm3 gallons bool
    bool_yes_no bool_on_off farenheit
    """
)
"""Units by themselves; those of `UNIT_FORMS` have more of them."""
UNIT_FORMS: Final = frozenset({"prefix", "suffix", "time", "si", "count", "currency", "bool"})
"""What may stand before a colon and something else, as in `suffix:x`."""
REDUCERS: Final = _ids(
    """
    lastNotNull current last firstNotNull first min max mean avg median variance stdDev sum total count countAll
    range delta step diff logmin allIsZero allIsNull changeCount distinctCount diffperc allValues uniqueValues
    """
) | {f"p{percent}" for percent in range(1, 100)}
"""Make one value of many; beside them there are percentiles."""
TRANSFORMERS: Final = _ids(
    """
    noop filterFields filterFieldsByName filterFrames filterByRefId filterByValue formatString formatTime order
    organize reduce concatenate calculateField joinByField seriesToRows rename labelsToFields ensureColumns
    groupBy sortBy merge renameByRegex histogram convertFieldType convertFrameType groupingToMatrix limit
    groupToNestedTable transpose append seriesToColumns configFromData rowsToFields prepareTimeSeries
    fieldLookup heatmap spatial joinByLabels extractFields partitionByValues timeSeriesTable regression
    smoothing
    """
)
"""Change results before they are shown."""
MATCHERS: Final = _ids(
    """
    anyMatch allMatch invertMatch alwaysMatch neverMatch byType byTypes numeric time byName byRegexp byNames
    byRegexpOrNames byFrameRefID first firstTimeField byValue
    """
)
"""Choose the fields that an override is about."""
PROPERTIES: Final = _ids(
    """
    unit min max fieldMinMax decimals displayName noValue thresholds mappings links actions color filterable
    """
)
"""What an override may set, beside what each kind of panel has of its own."""
_WITH_AXES: Final = _ids(
    """
    axisBorderShow axisCenteredZero axisColorMode axisGridShow axisLabel axisPlacement axisSoftMax axisSoftMin
    axisWidth fillOpacity hideFrom lineWidth scaleDistribution
    """
)
_SERIES: Final = _WITH_AXES | _ids(
    """
    barAlignment barMaxWidth barWidthFactor drawStyle fillBelowTo fillColor gradientMode insertNulls lineColor
    lineInterpolation lineStyle pointColor pointSize pointSymbol showPoints showValues spanNulls stacking
    thresholdsStyle transform
    """
)
CUSTOM: Final[Mapping[str, frozenset[str]]] = {
    "barchart": _WITH_AXES | {"gradientMode", "thresholdsStyle"},
    "candlestick": _SERIES,
    "heatmap": frozenset({"hideFrom", "scaleDistribution"}),
    "histogram": _WITH_AXES | {"gradientMode", "stacking"},
    "piechart": frozenset({"hideFrom"}),
    "state-timeline": _WITH_AXES,
    "status-history": _WITH_AXES,
    "table": _ids(
        """
        align cellOptions displayMode filterable footer hidden hideFrom hideHeader inspect minWidth
        styleField tooltip width wrapHeaderText wrapText
        """
    ),
    "timeseries": _SERIES,
    "trend": _SERIES,
    "xychart": _WITH_AXES | {"lineStyle", "pointShape", "pointSize", "pointStrokeWidth", "show"},
}
"""What kinds of panels keep of their own, as in `custom.lineWidth`; `hidden` is what tables had before `hideFrom`."""
PANELS: Final = CUSTOM.keys() | _ids(
    """
    alertlist annolist bargauge canvas dashlist datagrid debug flamegraph gauge geomap gettingstarted live logs news
    nodeGraph row stat text traces welcome
    """
)
"""Kinds of panels that come with Grafana. Source: its documentation, "Visualizations", and grafana/grafana,
public/app/plugins/panel."""
