import "./money.css";
