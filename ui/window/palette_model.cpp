#include "ui/window/palette_model.h"

#include <algorithm>
#include <limits>

namespace gatescope {
namespace {

constexpr int kNeverUsed = std::numeric_limits<int>::max();
/// For having been used lately: less than any letter of difference at a word's start.
constexpr int kUsedBonus = 5;

}  // namespace

void PaletteModel::setEntries(std::vector<PaletteEntry> entries, const QStringList& lastUsed) {
    beginResetModel();
    entries_ = std::move(entries);
    age_.clear();
    for (const PaletteEntry& entry : entries_) {
        const auto at = lastUsed.indexOf(entry.id);
        age_.push_back(at < 0 ? kNeverUsed : static_cast<int>(at));
    }
    rows_.clear();
    endResetModel();
    setQuery(query_);
}

// Found in the title, else in the title behind the name of its place: "docks water" is found.
std::optional<FuzzyMatch> PaletteModel::matchOf(const PaletteEntry& entry) const {
    if (auto inTitle = fuzzyMatch(query_, entry.title)) return inTitle;
    const QString place = entry.where + QLatin1Char(' ');
    auto inBoth = fuzzyMatch(query_, place + entry.title);
    if (!inBoth) return std::nullopt;
    FuzzyMatch match{.score = inBoth->score / 2, .positions = {}};
    for (const int position : inBoth->positions)
        if (position >= place.size()) match.positions << static_cast<int>(position - place.size());
    return match;
}

void PaletteModel::setQuery(const QString& query) {
    beginResetModel();
    query_ = query.trimmed();
    rows_.clear();
    for (std::size_t i = 0; i < entries_.size(); ++i)
        if (auto match = matchOf(entries_[i])) {
            if (!query_.isEmpty() && age_[i] != kNeverUsed) match->score += kUsedBonus;
            rows_.push_back({i, std::move(*match)});
        }
    std::stable_sort(rows_.begin(), rows_.end(), [this](const Row& a, const Row& b) {
        if (a.match.score != b.match.score) return a.match.score > b.match.score;
        if (age_[a.entry] != age_[b.entry]) return age_[a.entry] < age_[b.entry];
        return !query_.isEmpty() && entries_[a.entry].title.size() < entries_[b.entry].title.size();
    });
    endResetModel();
}

const PaletteEntry& PaletteModel::at(int row) const {
    return entries_[rows_[static_cast<std::size_t>(row)].entry];
}

int PaletteModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

QString PaletteModel::groupOf(const Row& row) const {
    if (age_[row.entry] != kNeverUsed) return tr("Used last");
    return entries_[row.entry].where.section(QStringLiteral(" › "), 0, 0);
}

QString PaletteModel::headingOf(int row) const {
    if (!query_.isEmpty()) return {};
    const auto at = static_cast<std::size_t>(row);
    const QString group = groupOf(rows_[at]);
    return row > 0 && groupOf(rows_[at - 1]) == group ? QString() : group;
}

QVariant PaletteModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount()) return {};
    const Row& row = rows_[static_cast<std::size_t>(index.row())];
    const PaletteEntry& entry = entries_[row.entry];
    switch (role) {
        case Qt::DisplayRole:
            return entry.title;
        case Qt::DecorationRole:
            return entry.icon;
        case Qt::AccessibleTextRole: {
            QStringList says{entry.title, entry.where};
            if (!entry.keys.isEmpty()) says << entry.keys;
            if (!entry.enabled) says << tr("not available now: %1").arg(entry.whyNot);
            return says.join(QStringLiteral(", "));
        }
        case WhereRole:
            return entry.where;
        case KeysRole:
            return entry.keys;
        case WhyNotRole:
            return entry.enabled ? QString() : entry.whyNot;
        case EnabledRole:
            return entry.enabled;
        case CheckedRole:
            return entry.checked;
        case PositionsRole:
            return QVariant::fromValue(row.match.positions);
        case HeadingRole:
            return headingOf(index.row());
        default:
            return {};
    }
}

}  // namespace gatescope
