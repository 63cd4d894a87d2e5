<?php
// Laravel's own router, requests, database and migrations around the code of docs/recipes/laravel.md. The helpers and
// classes of laravel/framework itself, which Debian does not package, have stand-ins here; so has the Blade page.
// `php index.php` migrates, `php -S 127.0.0.1:80 index.php` serves.

use Illuminate\Container\Container;
use Illuminate\Database\Capsule\Manager;
use Illuminate\Events\Dispatcher;
use Illuminate\Http\Request;
use Illuminate\Http\Response;
use Illuminate\Routing\Router;
use Illuminate\Support\Facades\Facade;
use Illuminate\Support\Facades\Route;

error_reporting(E_ALL & ~E_DEPRECATED); // 8.83 is older than PHP 8.2
foreach (['Routing', 'Database', 'Events'] as $part) {
    require "Illuminate/$part/autoload.php";
}
set_error_handler(fn (int $level, string $text) => error_reporting() & $level ? throw new ErrorException($text) : false);

function env(string $name, mixed $otherwise = null): mixed
{
    return getenv($name) ?: $otherwise;
}

function config(string $name): mixed
{
    return (require __DIR__ . '/config/steppay.php')[substr($name, strlen('steppay.'))];
}

function storage_path(string $path): string
{
    return __DIR__ . '/' . basename($path);
}

function response(string $text, int $status = 200): Response
{
    return new Response($text, $status);
}

$log = new class
{
    public function warning(string $text, array $about): void
    {
        error_log($text . json_encode($about));
    }
};

$app = new Container();
Container::setInstance($app);
Facade::setFacadeApplication($app);
$app->instance('router', $router = new Router(new Dispatcher($app), $app));
$app->instance('log', $log);
$capsule = new Manager($app);
$capsule->addConnection(['driver' => 'sqlite', 'database' => __DIR__ . '/shop.db']);
$app->instance('db', $capsule->getDatabaseManager());

if (PHP_SAPI === 'cli') {
    (require glob(__DIR__ . '/database/migrations/*.php')[0])->up();
    exit;
}

class_alias(Illuminate\Routing\Controller::class, 'App\Http\Controllers\Controller'); // Laravel's skeleton has this file
require __DIR__ . '/verify_verdict.php';
require __DIR__ . '/verify_delivery.php';
require __DIR__ . '/app/Http/Controllers/StepPayController.php';
require __DIR__ . '/routes/web.php';
Route::get('/pay/{code}', function (string $code): string {
    $page = file_get_contents(__DIR__ . '/resources/views/pay.blade.php');
    return str_replace(['@csrf', '{{ $order->code }}'], ['', $code], $page);
});
$app->instance(Request::class, $request = Request::capture());
$router->dispatch($request)->send();
