#pragma once

#include <QWidget>
#include <optional>

#include "engine/sampling/sampling_stages.h"
#include "ui/engine_bridge.h"

namespace gatescope {

class Theme;

/// What the reply settings would leave of the newest token's alternatives: for each the model's
/// probability and the chance of being drawn, or the filter that takes it. Derived from what was
/// recorded; nothing is computed by the model. UI thread only.
class SamplingView : public QWidget {
    Q_OBJECT
  public:
    SamplingView(const EngineBridge& bridge, const Theme& theme);

    /// Looks at the session's options and its newest token again. Who shows it calls this: hidden
    /// it does nothing by itself.
    void refresh();
    /// Tokens looked at since the beginning: what this has cost.
    int work() const { return work_; }
    /// Empty: no token has alternatives.
    const std::optional<SamplingStages>& stages() const { return stages_; }
    /// "3 of 1,024 can be drawn", in a sentence.
    QString summary() const;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    void forgetFrom(int token);
    void findToken();
    QString fateText(const SamplingStages::Candidate& candidate) const;
    int rowHeight() const;

    const EngineBridge& bridge_;
    const Theme& theme_;
    std::optional<SamplingStages> stages_;
    int shown_ = 0;   ///< token of the trace that stages_ are of
    int token_ = -1;  ///< the newest of known_ tokens that has alternatives; -1: none has
    int known_ = 0;   ///< tokens of the trace that were looked at
    int work_ = 0;
    int vocabulary_ = 0;  ///< words
    bool penalised_ = false;
};

}  // namespace gatescope
