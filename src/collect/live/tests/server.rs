//! A server on the loopback that answers as a test says, over real HTTP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

/// A request, as far as tests look at it.
pub struct Request {
    /// `GET`, `HEAD`, `POST`.
    pub method: String,
    /// With its query.
    pub path: String,
    /// The service that it was signed for.
    pub service: String,
    /// The operation of a JSON protocol (`X-Amz-Target`), without its prefix, or of a query protocol (`Action`).
    pub target: String,
    /// What was sent.
    pub body: String,
    /// The Region that it was signed for.
    pub region: String,
}

/// An answer: status, headers, body.
pub type Answer = (u16, Vec<(&'static str, String)>, String);

/// Serves until the test ends, and answers its URL.
pub fn serve(answer: impl Fn(&Request) -> Answer + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            let request = read(&stream);
            write(stream, &request, answer(&request));
        }
    });
    url
}

fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut words = line.split_whitespace().map(str::to_owned);
    let mut request = Request {
        method: words.next().unwrap_or_default(),
        path: words.next().unwrap_or_default(),
        service: String::new(),
        target: String::new(),
        body: String::new(),
        region: String::new(),
    };
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim().split_once(':') else { break };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap(),
            "authorization" => {
                let mut scope = value.split('/').skip(2).map(str::to_owned);
                request.region = scope.next().unwrap_or_default();
                request.service = scope.next().unwrap_or_default();
            }
            "x-amz-target" => request.target = value.rsplit('.').next().unwrap_or_default().to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    request.body = String::from_utf8_lossy(&body).into_owned();
    if let Some(action) = request.body.strip_prefix("Action=").filter(|_| request.service != "sts") {
        request.target = action.split('&').next().unwrap_or_default().to_owned();
    }
    request
}

fn write(mut stream: TcpStream, request: &Request, (status, headers, body): Answer) {
    let body = if request.method == "HEAD" { String::new() } else { body };
    let mut text = format!("HTTP/1.1 {status} Test\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{text}\r\n{body}").as_bytes()).ok();
}

/// An error of S3.
pub fn xml_error(status: u16, code: &str) -> Answer {
    (status, Vec::new(), format!("<Error><Code>{code}</Code><Message>no</Message></Error>"))
}

/// An error of a service that speaks the query protocol.
pub fn query_error(status: u16, code: &str) -> Answer {
    (
        status,
        Vec::new(),
        format!("<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"),
    )
}

/// An error of a service that speaks JSON.
pub fn json_error(status: u16, code: &str) -> Answer {
    (status, vec![("x-amzn-errortype", code.to_owned())], format!(r#"{{"__type":"{code}","message":"no"}}"#))
}

/// A good answer.
pub fn ok(body: impl Into<String>) -> Answer {
    (200, Vec::new(), body.into())
}

/// Who is calling; and a denial of everything else, in each service's own words.
pub fn denied(request: &Request) -> Answer {
    match request.service.as_str() {
        "sts" => ok(concat!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult>",
            "<Arn>arn:aws:sts::111122223333:assumed-role/audit/x</Arn><Account>111122223333</Account>",
            "</GetCallerIdentityResult></GetCallerIdentityResponse>"
        )),
        "s3" => xml_error(403, "AccessDenied"),
        "iam" => query_error(403, "AccessDenied"),
        _ => json_error(400, "AccessDeniedException"),
    }
}
