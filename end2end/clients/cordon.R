# What a department reported, with httr2 and ggplot2. Needs CORDON_URL and CORDON_KEY in the
# environment:
#     Sys.setenv(CORDON_URL = "https://cases.example", CORDON_KEY = "cordon_...")
#     install.packages(c("httr2", "ggplot2", "jsonlite"))

library(httr2)
library(ggplot2)

# All rows of a resource, page after page.
cordon <- function(path, ...) {
  rows <- NULL
  cursor <- NULL
  repeat {
    page <- request(Sys.getenv("CORDON_URL")) |>
      req_url_path("api", "v1", path) |>
      req_url_query(..., cursor = cursor) |>
      req_auth_bearer_token(Sys.getenv("CORDON_KEY")) |>
      # A problem says what is wrong, and what to do about it.
      req_error(body = \(answer) resp_body_json(answer, check_type = FALSE)$detail) |>
      req_perform() |>
      resp_body_string() |>
      jsonlite::fromJSON()
    rows <- rbind(rows, page[[path]])
    cursor <- page[["next"]]
    if (is.null(cursor)) return(rows)
  }
}

cases <- cordon("observations", status = "count", days = 1, limit = 1000)
cases$date <- as.Date(cases$date)

# A day that was not reported is missing, which is not a zero. Late reports still arrive for the
# days that are drawn light.
ggplot(cases, aes(date, new_cases, alpha = incomplete)) +
  geom_col(fill = "steelblue") +
  scale_alpha_manual(values = c(`FALSE` = 1, `TRUE` = 0.4), guide = "none") +
  facet_wrap(vars(location_id), scales = "free_y") +
  labs(x = NULL, y = "New cases")

ggsave("cases.png", width = 8, height = 5)
print(tail(cases[, c("location_id", "date", "new_cases", "incomplete")]))
