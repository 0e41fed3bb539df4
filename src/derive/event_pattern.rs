//! Does an EventBridge event pattern match an event?
