#pragma once

#include <QDialog>
#include <QTimer>

#include "ui/chat/model_preview.h"

class QLineEdit;
class QPushButton;
class QVBoxLayout;

namespace gatescope {

class ModelSummaryView;
class Theme;

/// Asks for a MODEL: a checkpoint's directory or file, or `synthetic:NAME`. A moment after the path
/// was typed or chosen it shows what lies there and whether it fits this machine; only a model
/// known not to fit cannot be opened. UI thread only.
class OpenModelDialog : public QDialog {
    Q_OBJECT
  public:
    OpenModelDialog(const Theme& theme,
                    const QString& demoModel,
                    const QStringList& recent,
                    QWidget* parent = nullptr);

  Q_SIGNALS:
    void modelChosen(const QString& model);

  private:
    void addPathRow(QVBoxLayout* column);
    void addRecent(QVBoxLayout* column, const Theme& theme, const QStringList& recent);
    void addButtons(QVBoxLayout* column, const Theme& theme, const QString& demoModel);
    void browseFolder();
    void browseFile();
    void expectPreview();
    void readPreview();
    void showPreview(const ModelPreview& preview);
    void choose(const QString& model);

    QLineEdit* model_;
    ModelSummaryView* summary_;
    QPushButton* open_;
    QTimer pause_;  ///< of the typing
    ModelPreviewReader reader_;
};

}  // namespace gatescope
