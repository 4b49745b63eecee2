#pragma once

#include <QDialog>

class QLineEdit;

namespace gatescope {

class Theme;

/// Asks for a MODEL: a checkpoint's directory, or `synthetic:NAME`. UI thread only.
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
    void browse();
    void choose(const QString& model);

    QLineEdit* model_;
};

}  // namespace gatescope
