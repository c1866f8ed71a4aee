import "./plans.css";
