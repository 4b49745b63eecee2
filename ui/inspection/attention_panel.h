#pragma once

#include <memory>
#include <optional>

#include "ui/inspection/attention_bins.h"
#include "ui/routing/color_map.h"
#include "ui/statistics/chart_frame.h"

class QPushButton;
class QSpinBox;

namespace gatescope {

class AttentionMapView;

/// Where a head looked, all tokens at once: of the range picked, else of the whole conversation.
/// Computed anew by the engine when its button is pressed, and when another head is chosen while a
/// map is shown; else nothing is. A click picks the token that looks. UI thread only.
class AttentionPanel : public ChartFrame {
    Q_OBJECT
  public:
    explicit AttentionPanel(const ViewContext& context);

    QString dockName() const override { return QStringLiteral("attention"); }
    QString dockTitle() const override { return tr("Attention"); }
    /// A row a pair. Of a long map those of the last tokens, some hundred thousand:
    /// `gatescope-cli forward --attention` writes all.
    StatisticTable numbers() const override;

    /// As the button does; of `head` where one is given.
    void look();
    void look(AttentionHead head);
    /// Null: nothing computed, or it is of tokens that are gone.
    const AttentionMapPtr& map() const { return map_; }
    AttentionMapView& view() { return *view_; }
    /// Of the drawing, which redraws, and of its legend.
    void setColorMap(ColorMapKind kind);

  protected:
    bool count() override;
    void rebuild() override;
    QString describe() const override;
    void paintChart(QPainter& painter, const QRect& area) const override;
    void traceChanged(int firstToken) override;
    StatisticTable tableRows() const override;
    std::function<StatisticTable()> numbersForFile() const override;
    QString keyText(std::string_view key, int value) const override;

  private:
    QSpinBox* makeBox(const QString& prefix, const QString& name);
    void buildOptions();
    void wire();
    void take(const AttentionMapPtr& map);
    void forget();
    void refreshOptions();
    void sayPlace(std::optional<AttentionPlace> place);
    QString textOf(int token) const;

    AttentionMapPtr map_;
    std::shared_ptr<AttentionBins> bins_;
    QSpinBox* layer_ = nullptr;
    QSpinBox* head_ = nullptr;
    QPushButton* look_ = nullptr;
    AttentionMapView* view_ = nullptr;
};

}  // namespace gatescope
