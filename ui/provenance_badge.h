#pragma once

#include <QLabel>

namespace gatescope {

class ChatSession;

/// Says where the numbers beside it come from: MEASURED, REPLAY, SYNTHETIC, or both of these. It
/// goes by the conversation shown, not by the model that happens to be open. Empty and hidden while
/// there is neither. UI thread only.
class ProvenanceBadge : public QLabel {
    Q_OBJECT
  public:
    explicit ProvenanceBadge(QWidget* parent = nullptr);

    void showFor(const ChatSession& session);
    /// For numbers of other runs than the conversation's. `any`: there are some.
    struct Origin {
        bool any = false;
        bool replay = false;
        bool synthetic = false;
    };
    void show(const Origin& origin);
};

}  // namespace gatescope
