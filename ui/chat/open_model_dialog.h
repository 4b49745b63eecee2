#pragma once

#include <QDialog>
#include <QTimer>

#include "ui/chat/model_preview.h"

class QComboBox;
class QLineEdit;
class QPushButton;
class QVBoxLayout;

namespace gatescope {

class ModelSummaryView;
class Theme;

/// Asks for a MODEL: a checkpoint's directory or file, or `synthetic:NAME`. A moment after the path
/// was typed or chosen it shows what lies there and whether it fits the memory of the processor or
/// GPU that is to compute it; only a model known not to fit cannot be opened. UI thread only.
class OpenModelDialog : public QDialog {
    Q_OBJECT
  public:
    OpenModelDialog(const Theme& theme,
                    const QString& demoModel,
                    const QStringList& recent,
                    QWidget* parent = nullptr);

    void setDecoder(const QString& kind);  ///< "cpu", as at first, or "cuda"

  Q_SIGNALS:
    void modelChosen(const QString& model, const QString& decoder);

  private:
    void addPathRow(QVBoxLayout* column);
    void addDecoderRow(QVBoxLayout* column);
    void addRecent(QVBoxLayout* column, const Theme& theme, const QStringList& recent);
    void addButtons(QVBoxLayout* column, const Theme& theme, const QString& demoModel);
    void browseFolder();
    void browseFile();
    void expectPreview();
    void readPreview();
    void showPreview(const ModelPreview& preview);
    void choose(const QString& model);
    void planForMoreDevices();

    const Theme& theme_;
    QLineEdit* model_;
    QComboBox* decoder_;
    QPushButton* plan_;
    ModelSummaryView* summary_;
    QPushButton* open_;
    QTimer pause_;  ///< of the typing
    ModelPreviewReader reader_;
};

}  // namespace gatescope
