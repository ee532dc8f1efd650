"""GOV.UK Notify's /v2, from the token of a request to the delivery callback."""
