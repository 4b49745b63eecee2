#pragma once

#include <optional>

#include "ui/statistics/chart_frame.h"
#include "ui/statistics/expert_grid.h"
#include "ui/statistics/layer_labels.h"
#include "ui/statistics/range_follower.h"

class QComboBox;

namespace gatescope {

/// Which experts of the picked layer the parts of a conversation go to: a row a label, a column an
/// expert. A conversation carries no domain tags, so the labels are what it does have: whether a
/// token was prompt or generated, or which message it belongs to. All tokens count, whatever
/// population the other docks show. UI thread only.
class DomainPanel : public ChartFrame {
    Q_OBJECT
  public:
    enum class Labels { Message, Origin };
    static constexpr int kMostRows = 40;  ///< of the drawing; the table has all

    explicit DomainPanel(const ViewContext& context);

    QString dockName() const override { return QStringLiteral("domains"); }
    QString dockTitle() const override { return tr("Messages"); }
    StatisticTable numbers() const override;

    void setLabels(Labels labels);
    ExpertGrid& grid() { return *grid_; }
    /// Of the picked layer, which is layer 0 in it; null before the first token.
    const LabelStats* stats() const;

  protected:
    bool count() override;
    void rebuild() override;
    QString describe() const override;
    void paintChart(QPainter& painter, const QRect& area) const override;
    QString keyText(std::string_view key, int value) const override;

  private:
    int wantedLayer() const;
    void forget();
    GridFrame frame() const;
    QString labelText(int label) const;
    void sayCell(std::optional<GridPlace> place);

    Labels labels_ = Labels::Message;
    std::optional<LayerLabels> counter_;
    std::vector<std::int32_t> shown_;  ///< label of each row of the grid
    RangeFollower follower_;
    QComboBox* labelBox_ = nullptr;
    ExpertGrid* grid_ = nullptr;
};

}  // namespace gatescope
