#pragma once

#include <QComboBox>

#include "ui/chat/chat_view.h"

namespace gatescope {

/// How replies are shown: as they are read, as they were written, or token by token. Stands in the
/// chat's title row and follows the view. UI thread only.
class ReadingChoice : public QComboBox {
    Q_OBJECT
  public:
    explicit ReadingChoice(ChatView& view, QWidget* parent = nullptr);

    /// The next way; from the last the first.
    void step();
};

/// "formatted", "written" or "tokens": for the profile.
QString readingName(ChatView::Reading reading);
/// Formatted for a name that is none.
ChatView::Reading readingNamed(const QString& name);

}  // namespace gatescope
