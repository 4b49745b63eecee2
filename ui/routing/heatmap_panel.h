#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "ui/engine_bridge.h"
#include "ui/routing/branch_routing.h"
#include "ui/selection.h"
#include "ui/view_context.h"

class QButtonGroup;
class QComboBox;
class QLabel;
class QMenu;
class QPushButton;
class QScrollArea;
class QStackedWidget;

namespace gatescope {

class HeatmapLegend;
class HeatmapWidget;
class ProvenanceBadge;
class Theme;

/// The live heatmap of the window: layers x experts of the selected token, or of the newest one
/// when none is selected, with what it needs to be read: mode, legend with numbers, the value under
/// the cursor, actions on the picked cell and the badge that says where the numbers come from.
/// Listens to the bridge and the selection, writes the selection; interventions go through the
/// bridge. Hidden, it does nothing. UI thread only.
class HeatmapPanel : public QWidget {
    Q_OBJECT
  public:
    /// Now: router probabilities of one token. Mean: their mean over the tokens that BranchRouting
    /// counts. Share: how often each expert was selected, of these tokens.
    enum class Mode { Now, Mean, Share };

    explicit HeatmapPanel(const ViewContext& context, QWidget* parent = nullptr);

    /// What each cell shows, [numLayers][numExperts], before the colour map; empty when nothing is
    /// shown.
    std::vector<std::vector<float>> displayedValues();
    /// Index into the trace of the token whose routing is shown; empty when there is none.
    std::optional<int> displayedToken() const;
    Mode mode() const { return mode_; }
    void setMode(Mode mode);
    HeatmapWidget& heatmap() { return *heatmap_; }
    /// The actions for a cell; belongs to the panel, not yet shown.
    QMenu* makeCellMenu(ExpertSite site);
    QString badgeText() const;
    QString valueLine() const;

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    QWidget* makeHeader();
    QWidget* makeModeRow();
    QWidget* makeBody();
    QWidget* makeActions();
    void wire();
    void traceChanged(int firstToken);
    void refresh();  ///< now if visible, else when shown
    void rebuild();
    void refreshText(std::optional<int> token);
    void refreshActions();
    void refreshValueLine();
    void refreshScale();
    void keepPickedVisible();
    void stepToken(int step);
    void applyInterventions(const InterventionSet& set);

    EngineBridge& bridge_;
    Selection& selection_;
    BranchRouting& routing_;
    Theme& theme_;
    Mode mode_ = Mode::Now;
    bool stale_ = true;  ///< changed while hidden

    HeatmapWidget* heatmap_ = nullptr;
    HeatmapLegend* legend_ = nullptr;
    QScrollArea* scroll_ = nullptr;
    QStackedWidget* stack_ = nullptr;
    QButtonGroup* modes_ = nullptr;
    QComboBox* maps_ = nullptr;
    QComboBox* powers_ = nullptr;
    ProvenanceBadge* badge_ = nullptr;
    QLabel* tokenLine_ = nullptr;
    QLabel* valueLine_ = nullptr;
    QLabel* empty_ = nullptr;
    QPushButton* ablate_ = nullptr;
    QPushButton* force_ = nullptr;
    QPushButton* clear_ = nullptr;
};

}  // namespace gatescope
