$ErrorActionPreference = 'Stop'
if (-not (Get-Command Get-Queue -ErrorAction SilentlyContinue)) {
    try { Add-PSSnapin Microsoft.Exchange.Management.PowerShell.SnapIn }
    catch { [Console]::Error.WriteLine('Exchange is not on this machine, or its shell is not to be had: ' + $_); exit 1 }
}
$queues = Get-Queue -ResultSize Unlimited | ForEach-Object {
    $queue = $_
    $object = New-Object PSObject
    foreach ($name in 'Identity', 'DeliveryType', 'Status', 'MessageCount', 'NextHopDomain', 'LastError') {
        $object | Add-Member NoteProperty $name ([string]$queue.$name)
    }
    $object
}
[Console]::OutputEncoding = New-Object Text.UTF8Encoding $false
ConvertTo-Json -InputObject @($queues)
