#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "ui/engine_bridge.h"
#include "ui/routing/branch_routing.h"
#include "ui/routing/heatmap_source.h"
#include "ui/selection.h"
#include "ui/view_context.h"

class QLabel;
class QMenu;
class QPushButton;
class QScrollArea;
class QStackedWidget;

namespace gatescope {

class HeatmapControls;
class HeatmapLegend;
class HeatmapWidget;
class ProvenanceBadge;
class Theme;

/// The live heatmap of the window: layers x experts of the token under the mouse in another view,
/// else of the selected one, else of the newest; or of the range picked. With what it needs to be
/// read: mode, legend with numbers, the value under the cursor, actions on the picked cell and the
/// badge that says where the numbers come from. Listens to the bridge and the selection, writes the
/// selection; interventions go through the bridge. Hidden, it does nothing. UI thread only.
class HeatmapPanel : public QWidget {
    Q_OBJECT
  public:
    using Mode = HeatmapMode;

    explicit HeatmapPanel(const ViewContext& context, QWidget* parent = nullptr);

    /// What each cell shows, [numLayers][numExperts], before the colour map; empty when nothing is
    /// shown.
    std::vector<std::vector<float>> displayedValues();
    /// Index into the trace of the token whose routing is shown; empty when there is none.
    std::optional<int> displayedToken() const;
    Mode mode() const { return mode_; }
    void setMode(Mode mode);
    HeatmapControls& controls() { return *controls_; }
    /// Keeps what BranchRouting counts as the baseline of Mode::MinusBaseline, as soon as all of it
    /// is counted; not if another range is picked before. It stays when the conversation, the
    /// version or the range changes.
    void pinBaseline();
    bool pinning() const { return pin_.has_value(); }  ///< still counting for it
    /// Which tokens count, in every view.
    void setPopulation(Population population) { routing_.setPopulation(population); }
    /// For people: "“Rivers” · 204 generated tokens"; empty: none is pinned.
    const QString& baselineName() const { return source_.baselineName(); }
    HeatmapWidget& heatmap() { return *heatmap_; }
    /// The actions for a cell, or for all that are brushed with it; belongs to the panel, not yet
    /// shown.
    QMenu* makeCellMenu(ExpertSite site);
    QString badgeText() const;
    QString valueLine() const;

  Q_SIGNALS:
    /// Somebody wants to say which tokens the interventions are for.
    void scopeRequested();

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    /// What is to become the baseline.
    struct Pin {
        std::optional<TokenRange> range;
        Population population;
        bool operator==(const Pin&) const = default;
    };

    QWidget* makeHeader();
    void wireControls();
    QWidget* makeBody();
    QWidget* makeActions();
    void wire();
    void traceChanged(int firstToken);
    void refresh();  ///< now if visible, else when shown
    void rebuild();
    void pinIfCounted();
    QString emptyText() const;
    void refreshText(std::optional<int> token);
    void refreshActions();
    void refreshValueLine();
    void refreshScale();
    void keepPickedVisible();
    void applyInterventions(const InterventionSet& set);

    EngineBridge& bridge_;
    Selection& selection_;
    BranchRouting& routing_;
    Theme& theme_;
    Mode mode_ = Mode::Now;
    bool stale_ = true;           ///< changed while hidden
    std::optional<int> hovered_;  ///< in another view, since a token was selected
    HeatmapSource source_;
    std::optional<Pin> pin_;

    HeatmapControls* controls_ = nullptr;
    HeatmapWidget* heatmap_ = nullptr;
    HeatmapLegend* legend_ = nullptr;
    QScrollArea* scroll_ = nullptr;
    QStackedWidget* stack_ = nullptr;
    ProvenanceBadge* badge_ = nullptr;
    QLabel* tokenLine_ = nullptr;
    QLabel* valueLine_ = nullptr;
    QLabel* empty_ = nullptr;
    QPushButton* ablate_ = nullptr;
    QPushButton* force_ = nullptr;
    QPushButton* clear_ = nullptr;
};

}  // namespace gatescope
