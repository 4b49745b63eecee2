#pragma once

#include <QAbstractTableModel>
#include <vector>

#include "engine/decoder/intervention.h"
#include "engine/routing/run_comparison.h"

namespace gatescope {

class Theme;

/// Contrasts as rows, in the order of their rank. The last columns are what a click does to the
/// expert. Qt::UserRole gives what a column is sorted by. UI thread only.
class ContrastModel : public QAbstractTableModel {
    Q_OBJECT
  public:
    enum Column {
        Rank,
        Site,
        Difference,
        Interval,
        InA,
        InB,
        Ablate,
        Force,
        BiasUp,
        BiasDown,
        Columns
    };
    explicit ContrastModel(const Theme& theme, QObject* parent = nullptr);

    void setContrasts(std::vector<Contrast> contrasts);
    void setInterventions(const InterventionSet& set);  ///< in force: what the last columns say
    const Contrast& at(int row) const { return contrasts_[static_cast<std::size_t>(row)]; }
    ExpertSite siteOf(int row) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  private:
    QString text(const Contrast& contrast, int row, int column) const;
    double sortValue(const Contrast& contrast, int row, int column) const;
    QVariant foreground(const Contrast& contrast, int column) const;
    QString describe(const Contrast& contrast) const;

    const Theme& theme_;
    std::vector<Contrast> contrasts_;
    InterventionSet set_;
};

}  // namespace gatescope
