#include "ui/statistics/statistic_text.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "ui/language/number_text.h"

namespace gatescope {
namespace {

struct StatisticWords {
    Q_DECLARE_TR_FUNCTIONS(StatisticText)
};

struct Title {
    std::string_view name;
    const char* title;
    bool share;
};

constexpr std::array kTitles = {
    Title{"load_count", QT_TRANSLATE_NOOP("StatisticText", "selections"), false},
    Title{"load_share", QT_TRANSLATE_NOOP("StatisticText", "share of selections"), true},
    Title{"coactivation", QT_TRANSLATE_NOOP("StatisticText", "co-activation"), true},
    Title{"pair_share", QT_TRANSLATE_NOOP("StatisticText", "share of tokens"), true},
    Title{"lift", QT_TRANSLATE_NOOP("StatisticText", "lift"), false},
    Title{"phi", QT_TRANSLATE_NOOP("StatisticText", "phi"), false},
    Title{"first", QT_TRANSLATE_NOOP("StatisticText", "first choices"), true},
    Title{"selected", QT_TRANSLATE_NOOP("StatisticText", "selected"), true},
    Title{"mass", QT_TRANSLATE_NOOP("StatisticText", "probability"), true},
    Title{"share", QT_TRANSLATE_NOOP("StatisticText", "share of tokens"), true},
    Title{"first_share", QT_TRANSLATE_NOOP("StatisticText", "share of first choices"), true},
    Title{"token_share", QT_TRANSLATE_NOOP("StatisticText", "share of tokens"), true},
    Title{"vocabulary_input", QT_TRANSLATE_NOOP("StatisticText", "favourite's share"), true},
    Title{
        "vocabulary_predicted_next", QT_TRANSLATE_NOOP("StatisticText", "favourite's share"), true},
    Title{"vocabulary_true_next", QT_TRANSLATE_NOOP("StatisticText", "favourite's share"), true},
    Title{"contrast", QT_TRANSLATE_NOOP("StatisticText", "difference"), true},
    Title{"attention", QT_TRANSLATE_NOOP("StatisticText", "weight"), true},
    Title{"token_entropy_bits", QT_TRANSLATE_NOOP("StatisticText", "entropy (bits)"), false},
    Title{"margin", QT_TRANSLATE_NOOP("StatisticText", "margin"), false},
    Title{"routed_mass", QT_TRANSLATE_NOOP("StatisticText", "routed mass"), true},
    Title{
        "first_information_bits", QT_TRANSLATE_NOOP("StatisticText", "information (bits)"), false},
    Title{"mass_information_bits",
          QT_TRANSLATE_NOOP("StatisticText", "information of mass (bits)"),
          false},
};

const Title* find(std::string_view name) {
    const auto found = std::ranges::find(kTitles, name, &Title::name);
    return found == kTitles.end() ? nullptr : &*found;
}

}  // namespace

bool hasBand(const ChanceBand& chance) {
    return chance.low < chance.high;  // NaN: only the level is known
}

Verdict verdictOf(const Statistic& s) {
    if (!s.value) return Verdict::Unknown;
    if (s.thin) return Verdict::Thin;
    if (!s.chance || !hasBand(*s.chance)) return Verdict::Unknown;
    if (*s.value < s.chance->low) return Verdict::Below;
    return *s.value > s.chance->high ? Verdict::Above : Verdict::Within;
}

QString verdictText(Verdict verdict) {
    switch (verdict) {
        case Verdict::Unknown:
            return {};
        case Verdict::Thin:
            return StatisticWords::tr("too few to say");
        case Verdict::Below:
            return StatisticWords::tr("below the band");
        case Verdict::Within:
            return StatisticWords::tr("within the band");
        case Verdict::Above:
            return StatisticWords::tr("above the band");
    }
    return {};
}

QString percentText(double share) {
    return QStringLiteral("%1\u00a0%").arg(numberText(100 * share, 'f', 1));
}

QString valueText(std::string_view name, const std::optional<double>& value) {
    if (!value || !std::isfinite(*value)) return QStringLiteral("–");
    const Title* title = find(name);
    if (title != nullptr && title->share) return percentText(*value);
    const bool whole = std::abs(*value) < 1e15 && *value == std::floor(*value) && *value >= 10;
    return numberText(*value, 'f', whole ? 0 : 3);
}

QString evidenceText(std::string_view name, const Statistic& s) {
    QStringList parts{StatisticWords::tr("%1 observations")
                          .arg(QLocale().toString(static_cast<qint64>(s.count)))};
    if (s.chance) {
        QString chance = StatisticWords::tr("by chance %1").arg(valueText(name, s.chance->level));
        if (hasBand(*s.chance))
            chance += StatisticWords::tr(" (%1 to %2)")
                          .arg(valueText(name, s.chance->low), valueText(name, s.chance->high));
        parts << chance;
    }
    const QString verdict = verdictText(verdictOf(s));
    if (!verdict.isEmpty()) parts << verdict;
    return parts.join(QStringLiteral(", "));
}

QString statisticTitle(std::string_view name) {
    const Title* title = find(name);
    if (title != nullptr) return StatisticWords::tr(title->title);
    return QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()));
}

}  // namespace gatescope
