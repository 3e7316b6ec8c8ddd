# Builds, tests and tries Mimir: the same commands as the README and .ci/run.
$ErrorActionPreference = 'Stop'
Set-Location $PSScriptRoot

function Invoke-Step {
    & dotnet @args
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
}

Invoke-Step build -c Release
Invoke-Step test -c Release --no-build
Invoke-Step run -c Release --no-build --project src/Mimir.Cli -- demo --quick
