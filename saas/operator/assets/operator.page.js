import "./operator.css";
