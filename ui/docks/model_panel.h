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
class QTableWidget;
class QTreeView;

namespace gatescope {

class EngineBridge;
class HistogramView;
class TensorTreeModel;
class Theme;
struct ModelInfo;

/// The model that is open, from its files: every parameter with shape, type, bytes and place; how
/// the values of the chosen one are spread, on demand; every router's rows; the memory plan; the
/// fingerprint. All is read by a worker thread, nothing while the panel is hidden. UI thread only.
class ModelPanel : public QWidget {
    Q_OBJECT
  public:
    ModelPanel(EngineBridge& bridge, const Theme& theme, QWidget* parent = nullptr);

    /// "tiny-a · xai-checkpoint · 50 parameters, 1.2 MiB · CPU", as shown.
    QString headline() const;
    /// What stands below the tree: the histogram's numbers, or what is being read, or why not.
    QString detail() const;

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
    void chooseTensor(const QModelIndex& index);
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
    QLineEdit* filter_;
    QTreeView* tree_;
    HistogramView* histogram_;
    QLabel* detail_;
    QPushButton* fingerprint_;
    QPushButton* readRouters_;
    QComboBox* layer_;
    QTableWidget* router_;
    QLabel* routerNote_;
    QTableWidget* plan_;
    QLabel* planNote_;
};

}  // namespace gatescope
