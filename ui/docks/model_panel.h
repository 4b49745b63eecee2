#pragma once

#include <QWidget>
#include <vector>

#include "ui/docks/model_reader.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QModelIndex;
class QPushButton;
class QSortFilterProxyModel;
class QTabWidget;
class QTableWidget;
class QTreeView;

namespace gatescope {

class EngineBridge;
class HistogramView;
class PlanTable;
class TensorTreeModel;
class Theme;
struct ModelInfo;

/// The model that is open, from its files: every parameter with shape, type, bytes and place; how
/// the values of the chosen one are spread, on demand; every router's rows; the memory plan; the
/// heat; the fingerprint. All is read by a worker thread, nothing while the panel is hidden. UI
/// thread only.
class ModelPanel : public QWidget {
    Q_OBJECT
  public:
    ModelPanel(EngineBridge& bridge, const Theme& theme, QWidget* parent = nullptr);

    /// "tiny-a · xai-checkpoint · 50 parameters, 1.2 MiB · CPU", as shown.
    QString headline() const;
    /// What stands below the tree: the histogram's numbers, or what is being read, or why not.
    QString detail() const;

    enum class Page { Tensors, Routers, Plan, Heat };
    void showPage(Page page);
    /// As its button does. Requires a model.
    void readRouters();
    /// Chooses a parameter by its path, as a click does. False: the list has none of that name.
    bool chooseTensor(const QString& path);
    /// Something has been asked for that is not shown yet.
    bool reading() const { return reader_.busy(); }
    const TensorTreeModel& tensors() const { return *tensors_; }
    /// In the order of layers; empty: not read.
    const std::vector<RouterGeometry>& routers() const { return routers_; }
    /// Of the parameter chosen; null: none, or not read.
    const TensorHistogram* histogram() const;

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    QWidget* makeTreeSide();
    QWidget* makeRouterSide();
    QWidget* makePlanSide();
    void followModel();
    void land(const ModelReading& reading);
    void showTensors(const ModelReading& reading);
    void fitColumns();
    void readChosen(const QModelIndex& index);
    void showRouter(int which);
    void showPlan(const ModelInfo* model);
    void filter(const QString& text);
    void say(const QString& sentence);

    EngineBridge& bridge_;
    const Theme& theme_;
    ModelReader reader_;
    TensorTreeModel* tensors_;
    QSortFilterProxyModel* shown_;
    QString model_;  ///< what the panel is about; empty: none
    std::vector<RouterGeometry> routers_;
    QLabel* headline_;
    QTabWidget* pages_;
    QLineEdit* filter_;
    QTreeView* tree_;
    HistogramView* histogram_;
    QLabel* detail_;
    QPushButton* fingerprint_;
    QPushButton* readRouters_;
    QComboBox* layer_;
    QTableWidget* router_;
    QLabel* routerNote_;
    PlanTable* plan_;
    QLabel* planNote_;
};

}  // namespace gatescope
