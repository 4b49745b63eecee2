#pragma once

#include <map>
#include <optional>

#include "ui/statistics/chart_frame.h"
#include "ui/statistics/layer_labels.h"
#include "ui/statistics/range_follower.h"

class QComboBox;

namespace gatescope {

/// Which vocabulary ids have a favourite expert in the picked layer: a table of the ids that came
/// at least kThinBelow times, with the share of their first choices that the favourite has, and
/// what a favourite has by luck with as many. The id is the token's own, or the one behind it: as
/// the model predicted it, or as it came; a token without one is not counted. Rarer ids would have
/// one by luck alone. UI thread only.
class VocabularyPanel : public ChartFrame {
    Q_OBJECT
  public:
    explicit VocabularyPanel(const ViewContext& context);

    QString dockName() const override { return QStringLiteral("vocabulary"); }
    QString dockTitle() const override { return tr("Vocabulary"); }
    StatisticTable numbers() const override;

    /// Of the picked layer, which is layer 0 in it; null before the first token.
    const LabelStats* stats() const;

    void setLabel(VocabularyLabel label);

  protected:
    bool count() override;
    void rebuild() override;
    QString describe() const override;
    void paintChart(QPainter& painter, const QRect& area) const override;
    QString keyText(std::string_view key, int value) const override;

  private:
    int wantedLayer() const;
    void forget();
    std::int32_t labelOf(int token);
    double chanceOf(std::int64_t observations) const;

    VocabularyLabel label_ = VocabularyLabel::Input;
    QComboBox* labelBox_ = nullptr;
    std::optional<LayerLabels> counter_;
    std::map<TokenId, int> exampleOf_;  ///< a token of the trace with that id, for its text
    RangeFollower follower_;
    QString counted_;
    /// chanceFavouriteShare by observations: many ids have equally many.
    mutable std::map<std::int64_t, double> chances_;
    int chancesOfExperts_ = 0;
};

}  // namespace gatescope
