#include "ui/compare/contrast_model.h"

#include <utility>

#include "ui/compare/side_colors.h"
#include "ui/language/number_text.h"
#include "ui/routing/intervention_edits.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

QString tenthsOfPoints(double share) {
    const QString size = numberText(std::abs(100 * share), 'f', 1);
    return (share < 0 ? QStringLiteral("−") : QStringLiteral("+")) + size;
}

QString counts(std::int64_t count, std::int64_t tokens) {
    return QStringLiteral("%1/%2").arg(count).arg(tokens);
}

/// Numbers line up on the right.
Qt::Alignment alignmentOf(int column) {
    if (column >= ContrastModel::Ablate) return Qt::AlignCenter;
    return (column == ContrastModel::Site ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter;
}

}  // namespace

ContrastModel::ContrastModel(const Theme& theme, QObject* parent)
    : QAbstractTableModel(parent), theme_(theme) {
    connect(&theme_, &Theme::changed, this, [this] {
        beginResetModel();
        endResetModel();
    });
}

void ContrastModel::setContrasts(std::vector<Contrast> contrasts) {
    beginResetModel();
    contrasts_ = std::move(contrasts);
    endResetModel();
}

void ContrastModel::setInterventions(const InterventionSet& set) {
    set_ = set;
    if (!contrasts_.empty()) Q_EMIT dataChanged(index(0, Ablate), index(rowCount() - 1, BiasDown));
}

ExpertSite ContrastModel::siteOf(int row) const {
    return {LayerId{at(row).layer}, ExpertId{at(row).expert}};
}

int ContrastModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(contrasts_.size());
}

int ContrastModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(Columns);
}

QVariant ContrastModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (role == Qt::TextAlignmentRole) return static_cast<int>(alignmentOf(section));
    if (orientation == Qt::Vertical || role != Qt::DisplayRole) return {};
    switch (section) {
        case Rank:
            return tr("#");
        case Site:
            return tr("Expert");
        case Difference:
            return tr("A − B");
        case Interval:
            return tr("95 % interval");
        case InA:
            return tr("in A");
        case InB:
            return tr("in B");
        default:
            return {};
    }
}

QString ContrastModel::text(const Contrast& c, int row, int column) const {
    const ExpertSite site = siteOf(row);
    switch (column) {
        case Rank:
            return QString::number(row + 1);
        case Site:
            return QString::fromStdString(toString(site)) + (c.thin ? tr(" · thin") : QString());
        case Difference:
            return tenthsOfPoints(c.difference);
        case Interval:
            return tr("%1 to %2").arg(tenthsOfPoints(c.low), tenthsOfPoints(c.high));
        case InA:
            return counts(c.countA, c.tokensA);
        case InB:
            return counts(c.countB, c.tokensB);
        case Ablate:
            return isAblated(set_, site) ? tr("ablated ×") : tr("ablate");
        case Force:
            return isForced(set_, site) ? tr("forced ×") : tr("force");
        case BiasUp:
            return tr("bias +");
        case BiasDown:
            return tr("bias −");
        default:
            return {};
    }
}

double ContrastModel::sortValue(const Contrast& c, int row, int column) const {
    switch (column) {
        case Site:
            return 1000.0 * c.layer + c.expert;
        case Difference:
            return c.difference;
        case Interval:
            return c.low > 0 ? c.low : std::min(0.0, c.high);
        case InA:
            return static_cast<double>(c.countA);
        case InB:
            return static_cast<double>(c.countB);
        default:
            return row;
    }
}

QVariant ContrastModel::foreground(const Contrast& c, int column) const {
    if (column >= Ablate) return theme_.color(ColorRole::Accent);
    if (column == Difference && c.stands() && !c.thin)
        return sideColors(theme_, c.difference > 0 ? Side::A : Side::B).ink;
    return theme_.color(c.stands() && !c.thin ? ColorRole::Text : ColorRole::TextFaint);
}

QString ContrastModel::describe(const Contrast& c) const {
    QString text = tr("Layer %1 expert %2 is selected by %3 of %4 tokens in A and %5 of %6 in B.")
                       .arg(c.layer)
                       .arg(c.expert)
                       .arg(c.countA)
                       .arg(c.tokensA)
                       .arg(c.countB)
                       .arg(c.tokensB);
    text += QLatin1Char(' ') + (c.stands() ? tr("The interval leaves 0 out.")
                                           : tr("The interval holds 0: it may be luck."));
    if (c.thin) text += QLatin1Char(' ') + tr("One side has too few tokens to be read.");
    return text;
}

QVariant ContrastModel::data(const QModelIndex& index, int role) const {
    const Contrast& c = at(index.row());
    switch (role) {
        case Qt::DisplayRole:
            return text(c, index.row(), index.column());
        case Qt::UserRole:
            return sortValue(c, index.row(), index.column());
        case Qt::ForegroundRole:
            return foreground(c, index.column());
        case Qt::ToolTipRole:
        case Qt::AccessibleDescriptionRole:
            return describe(c);
        case Qt::AccessibleTextRole:
            return index.column() >= Ablate ? tr("%1, layer %2 expert %3")
                                                  .arg(text(c, index.row(), index.column()))
                                                  .arg(c.layer)
                                                  .arg(c.expert)
                                            : text(c, index.row(), index.column());
        case Qt::TextAlignmentRole:
            return static_cast<int>(alignmentOf(index.column()));
        case Qt::FontRole:
            return theme_.font(index.column() >= Ablate ? FontRole::Small : FontRole::MonoSmall);
        default:
            return {};
    }
}

}  // namespace gatescope
