#pragma once

#include <QObject>
#include <QTimer>
#include <optional>

#include "ui/engine_bridge.h"

namespace gatescope {

class Composer;

/// Keeps what is typed and not sent with its conversation: in the library at most a second after
/// typing stops, when the field is left and when another conversation is shown; and back in the
/// field when the conversation is opened. The chat that is not in the library yet has a draft of
/// its own. A message that is being edited is no draft: the draft comes back behind it. UI thread
/// only.
class DraftKeeper : public QObject {
    Q_OBJECT
  public:
    DraftKeeper(EngineBridge& bridge, Composer& composer, QObject* parent = nullptr);

    /// Posts what is not kept yet.
    void save();

  private:
    void take();
    void adopt();
    void write();
    void follow();
    void bringBack();
    void restoreNewDraft();
    void show(const QString& draft);

    EngineBridge& bridge_;
    Composer& composer_;
    QTimer timer_;
    std::optional<ConversationId> conversation_;  ///< whose draft stands in the field
    QString text_;                                ///< that draft
    QString kept_;                                ///< what the library has of it
    QString newDraft_;          ///< of the chat that is not in the library, while another is shown
    bool interrupted_ = false;  ///< a message is, or was just now, edited in the field
};

}  // namespace gatescope
