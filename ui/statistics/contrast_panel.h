#pragma once

#include <optional>

#include "ui/statistics/chart_frame.h"
#include "ui/statistics/contrast_bars.h"

class QPushButton;

namespace gatescope {

/// The picked layer's load now against a load that was pinned: another range of tokens, another
/// version of the reply, another conversation of the same model's shape. UI thread only.
class ContrastPanel : public ChartFrame {
    Q_OBJECT
  public:
    explicit ContrastPanel(const ViewContext& context);

    QString dockName() const override { return QStringLiteral("contrast"); }
    QString dockTitle() const override { return tr("Contrast"); }
    StatisticTable numbers() const override;

    /// Keeps what is counted now, of all layers. Nothing happens before the first token.
    void pin();
    void unpin();
    ContrastBars& bars() { return *bars_; }

  protected:
    void rebuild() override;
    QString describe() const override;
    void paintChart(QPainter& painter, const QRect& area) const override;

  private:
    struct Pinned {
        RoutingStats stats;
        QString title;
    };
    QString titleOfNow() const;
    bool comparable(const RoutingStats* now) const;
    void sayExpert(std::optional<int> expert);

    std::optional<Pinned> pinned_;
    int layer_ = 0;
    QPushButton* pin_ = nullptr;
    QPushButton* unpin_ = nullptr;
    ContrastBars* bars_ = nullptr;
};

}  // namespace gatescope
